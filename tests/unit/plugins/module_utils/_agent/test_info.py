# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import gc
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent import info
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.identity import RepositoryIdentity
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.repository import Repository

SINCE = "2026-11-22T15:00:00.000000Z"


@pytest.fixture
def config_directory(tmp_path: Path) -> Iterator[str]:
    """The configurations of three clusters, of which the repository does not know the second."""
    repository = tmp_path / "repository"
    repository.mkdir(mode=0o700)
    (tmp_path / "etc").mkdir()
    for name in ("db1", "db2", "db3"):
        (tmp_path / "etc" / f"{name}.conf").write_text(f"repository_path = {repository}\n", encoding="utf-8")
        if name != "db2":
            identity = RepositoryIdentity(name, ("7",), (15,), SegmentSize(1 << 20), SINCE, ())
            Repository(str(repository)).cluster(name).write_identity(identity)
    yield os.fspath(tmp_path / "etc")
    # The program turns it off, as it ends soon.
    gc.enable()


def run(*arguments: str, config_directory: str) -> int:
    return info.run(info.new_parser().read([*arguments, "--config-directory", config_directory]))


def test_cluster_that_cannot_be_read_hides_no_other(config_directory: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run("--json", config_directory=config_directory) == 1
    out, err = capfd.readouterr()
    assert [each["name"] for each in json.loads(out)] == ["db1", "db3"]
    assert err.startswith("pgpitr: db2: ") and "[cluster-unknown]" in err


def test_one_cluster_is_told_of_or_refused(config_directory: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run("--cluster", "db3", "--json", config_directory=config_directory) == 0
    assert [each["name"] for each in json.loads(capfd.readouterr().out)] == ["db3"]
    assert run("--cluster", "db2", config_directory=config_directory) == 1
    out, err = capfd.readouterr()
    assert out == "" and "[cluster-unknown]" in err and "db2: " not in err
    assert run("--cluster", "db9", config_directory=config_directory) == 1
    assert "[config-missing]" in capfd.readouterr().err


def test_host_tells_what_it_knows_while_the_repository_is_away(
    config_directory: str, capfd: pytest.CaptureFixture[str]
) -> None:
    base = Path(config_directory).parent
    (base / "data" / "pg_wal" / "archive_status").mkdir(parents=True)
    (base / "data" / "pg_wal" / "archive_status" / "000000010000000000000002.ready").touch()
    with open(f"{config_directory}/db1.conf", "a", encoding="utf-8") as stream:
        stream.write(f"data_directory = {base}/data\nqueue_max_bytes = 7\n")
    (base / "repository").rename(base / "away")

    assert run("--cluster", "db1", config_directory=config_directory) == 1
    out, err = capfd.readouterr()
    assert out.startswith("db1  (its repository could not be read)\n  archiver  last archived not known, 1 waiting")
    assert "ATTENTION the repository cannot be read: repository_path" in out
    assert "[repository-missing]" in err


def test_repository_that_is_gone_is_not_said_to_be_empty(
    config_directory: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (Path(config_directory).parent / "repository").rename(Path(config_directory).parent / "away")

    assert run(config_directory=config_directory) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("[repository-missing]") == 3
    assert run("--json", config_directory=config_directory) == 1
    assert json.loads(capfd.readouterr().out) == []


def test_host_without_a_cluster_is_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(config_directory=str(tmp_path)) == 0
    assert capsys.readouterr().out == f"No cluster is configured in '{tmp_path}'.\n"
