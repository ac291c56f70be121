# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""However many links are put together, and the others written over them, the same comes of a chain."""

from __future__ import annotations

import random
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.chain import Chain
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.relation_layout import RelationLayout
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract import backup as backup_module
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract import chain as chain_module
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract import layer_limits, layered_links
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.backup import DamagedBackup
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.chain import ChainExtract
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.manifests import Manifests
from sample_archives import manifest_of, tar_of
from sample_backup import sample_backup
from sample_chain import chain, incremental, tree

LAYOUT = RelationLayout(8192, 400)
CONTROL: Any = SimpleNamespace(block_size_bytes=8192, segment_blocks=400, system_identifier="7", relation_layout=LAYOUT)
LABEL = "START TIME: now\n"
NOTHING = incremental({}, truncation=1)
# More than one backup's archives that are read at the same time.
SPACES = 6
Files = dict[str, bytes]


def stored(
    repository: Path,
    links: Sequence[Files],
    *,
    spaces: Mapping[int, Sequence[Files]] | None = None,
    layout: RelationLayout | None = None,
) -> Chain:
    """The links in a repository's folder, with those of tablespaces by oid."""
    backups: list[Backup] = []
    for number, files in enumerate(links):
        label = f"20260915T11{number:02}00Z-{'incremental' if number else 'full'}"
        parent = backups[-1].label if backups else None
        place = repository / "db1" / "backups" / label
        place.mkdir(parents=True)
        every = {"backup_label": LABEL.encode(), **files}
        (place / "base.tar").write_bytes(tar_of(every, directories=("base", "base/5")))
        for oid, others in (spaces or {}).items():
            (place / f"{oid}.tar").write_bytes(tar_of(others[number], directories=("base", "base/5")))
            every |= {f"pg_tblspc/{oid}/{path}": content for path, content in others[number].items()}
        (place / "backup_manifest").write_text(manifest_of(every), encoding="utf-8")
        archives = ("base.tar", *(f"{oid}.tar" for oid in spaces or {}))
        backups.append(
            sample_backup(label, parent=parent, files=(*archives, "backup_manifest"), relation_layout=layout)
        )
    (repository / "db1" / "cluster.json").touch()
    return Chain(tuple(backups))


def extracted(repository: Path, root: Path, links: Chain, *, oids: Sequence[int] = ()) -> dict[str, tuple[int, bytes]]:
    """What a restore leaves of the data directory and the tablespaces, each in a directory below ``root``."""
    folder = ClusterFolder(str(repository), name="db1")
    places = {oid: str(root / str(oid)) for oid in oids}
    for place in (root / "base", *map(Path, places.values())):
        place.mkdir(parents=True)
    extract = ChainExtract(folder, Manifests(folder), str(root / "base"), places, bin_directory="", runner=None)  # type: ignore[arg-type]
    extract.run(links, timeout_seconds=60)
    return tree(root)


def spoil(archive: Path, how: str) -> None:
    """Remove it, cut it in the middle, or change something there."""
    content = archive.read_bytes()
    half = len(content) // 2
    archive.unlink()
    if how != "gone":
        archive.write_bytes(content[:half] if how == "cut" else content[:half] + b"z" * 8192 + content[half + 8192 :])


def shuffled(chance: random.Random, files: Files) -> Files:
    """The same files in another order."""
    return dict(chance.sample([*files.items()], len(files)))


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
        "base/backup_label",
        *(f"base/{path}".replace("INCREMENTAL.", "") for path in links[-1]),
    }


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("most_held_bytes", [0, 1 << 17, 1 << 30])
def test_the_same_comes_of_more_links_and_tablespaces_than_are_read_at_once_in_any_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, most_held_bytes: int
) -> None:
    chance = random.Random(seed)
    count = chance.choice([2, layered_links._MOST_AT_ONCE + 4])
    trees = [chain(chance, most_blocks=5, count=count)[0] for _each in range(1 + SPACES)]
    links, *others = [[shuffled(chance, files) for files in each] for each in trees]
    spaces = dict(enumerate(others, start=16400))
    repository = tmp_path / "repository"
    whole = stored(repository, links, spaces=spaces, layout=chance.choice([None, LAYOUT]))
    monkeypatch.setattr(layered_links, "_MOST_HELD_BYTES", most_held_bytes)
    together = extracted(repository, tmp_path / "together", whole, oids=[*spaces])
    monkeypatch.setattr(layer_limits, "_MOST_BLOCK_BYTES", -1)
    assert together == extracted(repository, tmp_path / "in turn", whole, oids=[*spaces])


@pytest.mark.parametrize("damaged", range(5))
@pytest.mark.parametrize("how", ["gone", "cut", "changed"])
@pytest.mark.parametrize("seed", range(3))
def test_large_files_hide_no_failure_of_another_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damaged: int, how: str, seed: int
) -> None:
    """Those are written by threads, which are told at different times that nobody needs them."""
    chance = random.Random(seed)
    blocks = dict.fromkeys(range(0, 390, 2), b"x" * 8192)
    paths = [f"base/5/{number}" for number in range(1000, 1006)]
    links = [dict.fromkeys(paths, b"y" * 390 * 8192)]
    for _link in range(4):
        # Whole files of each link that lie under blocks of newer ones, and that are written by it alone.
        whole = set(chance.sample(paths, 2))
        links.append(
            {
                path if path in whole else path.replace("5/", "5/INCREMENTAL."): b"w" * 390 * 8192
                if path in whole
                else incremental(blocks, truncation=390)
                for path in paths
            }
        )
    chain_of = stored(tmp_path / "repository", links, layout=chance.choice([None, LAYOUT]))
    spoil(tmp_path / "repository" / "db1" / "backups" / chain_of.links[damaged].label / "base.tar", how)
    monkeypatch.setattr(layered_links, "_MOST_HELD_BYTES", 1 << 16)
    with pytest.raises(PitrError, match=chain_of.links[damaged].label) as caught:
        extracted(tmp_path / "repository", tmp_path / "data", chain_of)
    assert isinstance(caught.value, DamagedBackup)


@pytest.mark.parametrize(
    ("links", "spaces", "said"),
    [
        pytest.param(
            [{"base/5/1": b"y"}, {"pg_tblspc/16400/base/5/INCREMENTAL.1": NOTHING}, {}],
            [{"base/5/1": b"y"}, {}, {"base/5/INCREMENTAL.1": NOTHING}],
            "lacks the incremental file for 'base/5/1'",
            id="blocks",
        ),
        pytest.param(
            [{"pg_tblspc/16400/base/5/1": b"y"}, {}, {}],
            [{}, {"base/5/INCREMENTAL.1": NOTHING}, {"base/5/INCREMENTAL.1": NOTHING}],
            "lacks 'base/5/1'",
            id="the whole file",
        ),
    ],
)
def test_file_in_an_archive_of_another_tablespace_is_told(
    tmp_path: Path, links: list[Files], spaces: list[Files], said: str
) -> None:
    """The manifest has it, and nobody looks for it there."""
    whole = stored(tmp_path / "repository", links, spaces={16400: spaces}, layout=LAYOUT)
    with pytest.raises(PitrError, match=said) as caught:
        extracted(tmp_path / "repository", tmp_path / "data", whole, oids=[16400])
    assert caught.value.code == "backup-damaged"


@pytest.mark.parametrize("damaged", range(5))
@pytest.mark.parametrize("how", ["gone", "cut", "changed"])
def test_one_that_fails_ends_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damaged: int, how: str) -> None:
    blocks = {
        f"base/5/INCREMENTAL.{number}": incremental({0: b"x" * 8192, 2: b"x" * 8192}, truncation=3)
        for number in range(1000, 1030)
    }
    whole = stored(
        tmp_path / "repository", [{f"base/5/{number}": b"y" * 3 * 8192 for number in range(1000, 1030)}, *[blocks] * 4]
    )
    spoil(tmp_path / "repository" / "db1" / "backups" / whole.links[damaged].label / "base.tar", how)
    monkeypatch.setattr(layered_links, "_MOST_HELD_BYTES", 1 << 16)
    with pytest.raises(PitrError, match=whole.links[damaged].label) as caught:
        extracted(tmp_path / "repository", tmp_path / "data", whole)
    assert caught.value.code == "backup-damaged"


def test_nobody_reads_on_when_another_link_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"y" * 80 * 8192
    whole = stored(
        tmp_path / "repository",
        [{"base/5/1": content}, {"base/5/1": content}, {"base/5/INCREMENTAL.1": incremental({}, truncation=80)}],
    )
    really, read = backup_module.archive_pieces, []

    def slowly(folder: ClusterFolder, backup: Backup, *, name: str) -> Generator[memoryview, None, None]:
        if backup.label == whole.links[1].label:
            yield memoryview(b"x" * 512)
        for piece in really(folder, backup, name=name):
            for start in range(0, len(piece), 4096):
                if backup.label == whole.links[0].label:
                    read.append(start)
                    time.sleep(0.05)
                yield memoryview(bytearray(piece[start : start + 4096]))

    monkeypatch.setattr(backup_module, "archive_pieces", slowly)
    with pytest.raises(PitrError, match=whole.links[1].label):
        extracted(tmp_path / "repository", tmp_path / "data", whole)
    assert len(read) < len(content) // 4096 // 4


def test_damage_is_told_of_the_link_that_has_it(tmp_path: Path) -> None:
    blocks = {"base/5/INCREMENTAL.1": incremental({0: b"x" * 8192}, truncation=1)}
    whole = stored(tmp_path / "repository", [{"base/5/1": b"y" * 8192}, blocks, blocks])
    archive = tmp_path / "repository" / "db1" / "backups" / whole.links[1].label / "base.tar"
    archive.write_bytes(archive.read_bytes().replace(b"x" * 8192, b"x" * 8191 + b"z"))
    with pytest.raises(PitrError, match=whole.links[1].label) as caught:
        extracted(tmp_path / "repository", tmp_path / "base", whole)
    assert caught.value.code == "backup-damaged"


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("wrong", [RelationLayout(8192, 401), RelationLayout(4096, 400)])
def test_link_whose_record_states_another_layout_than_the_control_data_is_told(
    tmp_path: Path, number: int, wrong: RelationLayout
) -> None:
    blocks = incremental({0: b"x" * 8192}, truncation=1)
    links = [{"base/5/1": b"y" * 8192}, {"base/5/INCREMENTAL.1": blocks}, {"base/5/INCREMENTAL.1": blocks}]
    right = stored(tmp_path / "repository", links, layout=LAYOUT)
    told = [replace(link, relation_layout=wrong) if place == number else link for place, link in enumerate(right.links)]
    with pytest.raises(PitrError, match=f"{told[number].label}.*its record has") as caught:
        extracted(tmp_path / "repository", tmp_path / "data", Chain(tuple(told)))
    assert caught.value.code == "backup-damaged"


def test_layout_that_all_records_have_wrong_is_told(tmp_path: Path) -> None:
    links = [{"base/5/1": b"y" * 8192}, {"base/5/INCREMENTAL.1": incremental({0: b"x" * 8192}, truncation=1)}]
    whole = stored(tmp_path / "repository", links, layout=RelationLayout(8192, 401))
    with pytest.raises(PitrError, match="its record has") as caught:
        extracted(tmp_path / "repository", tmp_path / "data", whole)
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
