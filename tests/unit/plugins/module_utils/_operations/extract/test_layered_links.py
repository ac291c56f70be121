# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""However many links are put together, and the others written over them, the same comes of a chain."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.chain import Chain
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract import chain as chain_module
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract import layer_limits, layered_links
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.chain import ChainExtract
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.manifests import Manifests
from sample_archives import manifest_of, tar_of
from sample_backup import sample_backup
from sample_chain import chain, incremental, tree

CONTROL: Any = SimpleNamespace(block_size_bytes=8192, segment_blocks=400, system_identifier="7")
LABEL = "START TIME: now\n"


def stored(repository: Path, links: Sequence[dict[str, bytes]]) -> Chain:
    """The links in a repository's folder."""
    backups = []
    for number, files in enumerate(links):
        label = f"20260915T11000{number}Z-{'incremental' if number else 'full'}"
        parent = backups[-1].label if backups else None
        place = repository / "db1" / "backups" / label
        place.mkdir(parents=True)
        every = {"backup_label": LABEL.encode(), **files}
        (place / "base.tar").write_bytes(tar_of(every, directories=("base", "base/5")))
        (place / "backup_manifest").write_text(manifest_of(every), encoding="utf-8")
        backups.append(sample_backup(label, parent=parent, files=("base.tar", "backup_manifest")))
    (repository / "db1" / "cluster.json").touch()
    return Chain(tuple(backups))


def extracted(repository: Path, base: Path, links: Chain) -> dict[str, tuple[int, bytes]]:
    folder = ClusterFolder(str(repository), name="db1")
    base.mkdir()
    extract = ChainExtract(folder, Manifests(folder), str(base), {}, bin_directory="", runner=None)  # type: ignore[arg-type]
    extract.run(links, timeout_seconds=60)
    return tree(base)


@pytest.fixture(autouse=True)
def known_control_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """As pg_controldata tells it."""
    monkeypatch.setattr(chain_module, "read_control_data", lambda *_place, **_how: CONTROL)


@pytest.mark.parametrize("seed", range(6))
def test_the_same_comes_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    links, _kept = chain(random.Random(seed), most_blocks=6)
    repository = tmp_path / "repository"
    whole = stored(repository, links)
    sizes = [sum(len(data) for path, data in files.items() if "INCREMENTAL" in path) for files in links]
    results = {}
    for count in range(1, len(links) + 1):
        monkeypatch.setattr(layer_limits, "_MOST_BLOCK_BYTES", sum(sizes[:count]) if count > 1 else -1)
        results[count] = extracted(repository, tmp_path / str(count), whole)
    assert all(result == results[1] for result in results.values())
    assert {path for path, (mode, _content) in results[1].items() if mode & 0o100000} == {
        "backup_label",
        *(path.replace("INCREMENTAL.", "") for path in links[-1]),
    }


def test_damage_is_told_of_the_link_that_has_it(tmp_path: Path) -> None:
    blocks = {"base/5/INCREMENTAL.1": incremental({0: b"x" * 8192}, truncation=1)}
    whole = stored(tmp_path / "repository", [{"base/5/1": b"y" * 8192}, blocks, blocks])
    archive = tmp_path / "repository" / "db1" / "backups" / whole.links[1].label / "base.tar"
    archive.write_bytes(archive.read_bytes().replace(b"x" * 8192, b"x" * 8191 + b"z"))
    with pytest.raises(PitrError, match=whole.links[1].label) as caught:
        extracted(tmp_path / "repository", tmp_path / "base", whole)
    assert caught.value.code == "backup-damaged"


def test_what_the_system_refuses_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_place: object, **_how: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(layered_links, "LayeredFiles", fail)
    whole = stored(
        tmp_path / "repository", [{"base/5/1": b""}, {"base/5/INCREMENTAL.1": incremental({}, truncation=0)}]
    )
    with pytest.raises(PitrError) as caught:
        extracted(tmp_path / "repository", tmp_path / "base", whole)
    assert caught.value.code == "disk-full"
