# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent import main
from registered_cluster import register, segment_content


def segment(number: int, *, timeline: int = 1) -> tuple[str, bytes]:
    return f"{timeline:08X}00000000{number:08X}", segment_content(number, timeline=timeline)


@dataclass
class Host:
    """A cluster's data directory (the current one), its configuration, and a repository."""

    base: Path

    def run(self, command: str, *arguments: str) -> int:
        return main.main([command, "--cluster", "db1", "--config-directory", str(self.base / "etc"), *arguments])

    def push(self, name: str, content: bytes) -> int:
        Path("pg_wal", name).write_bytes(content)
        return self.run("archive-push", f"pg_wal/{name}")

    def get(self, name: str, *options: str) -> int:
        return self.run("archive-get", *options, name, "pg_wal/RECOVERYXLOG")

    def stored(self, name: str) -> Path:
        (found,) = (self.base / "repository" / "db1" / "wal").rglob(name + "*")
        return found


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """A host whose cluster db1 may archive, without compression of its own."""
    for name in ("etc", "repository", "data/pg_wal"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "etc" / "db1.conf").write_text(f"repository_path = {tmp_path}/repository\ncompression = gzip\n")
    register(tmp_path / "repository", data_directory=tmp_path / "data")
    monkeypatch.chdir(tmp_path / "data")
    umask = os.umask(0o022)
    yield Host(tmp_path)
    os.umask(umask)


def told(capfd: pytest.CaptureFixture[str]) -> str:
    return capfd.readouterr().err


def test_pushed_segment_comes_back(host: Host) -> None:
    name, content = segment(3)
    assert host.push(name, content) == 0
    assert host.get(name) == 0
    assert Path("pg_wal/RECOVERYXLOG").read_bytes() == content


def test_end_of_the_archive_is_silent(host: Host, capfd: pytest.CaptureFixture[str]) -> None:
    host.push(*segment(3))
    for name in (segment(4)[0], segment(3, timeline=2)[0], "00000002.history", segment(4)[0] + ".partial"):
        assert host.get(name) == 1
    assert told(capfd) == ""


def test_hole_stops_recovery(host: Host, capfd: pytest.CaptureFixture[str]) -> None:
    host.push(*segment(3))
    host.push(*segment(5))
    assert host.get(segment(4)[0]) == 200
    message = told(capfd)
    assert "[segment-hole]" in message and segment(4)[0] in message and segment(5)[0] in message


def test_hole_behind_what_is_needed_ends_the_archive(host: Host, capfd: pytest.CaptureFixture[str]) -> None:
    host.push(*segment(3))
    host.push(*segment(5))
    host.push(*segment(3, timeline=2))
    os.truncate(host.stored(segment(5)[0]), 100)
    until = ("--until", segment(3)[0])
    assert host.get(segment(3)[0], *until) == 0
    # PostgreSQL reads ahead; timelines switch on the way.
    assert host.get(segment(4)[0], *until) == host.get(segment(4, timeline=2)[0], *until) == 1
    assert host.get(segment(5)[0], *until) == 1
    assert told(capfd) == ""
    assert host.get("00000002.history", *until) == 200
    assert host.get(segment(5)[0], "--until", segment(5)[0]) == 200
    assert host.get(segment(4)[0], "--until", segment(4)[0]) == 200


def test_nothing_behind_the_last_that_may_be_read_is_fetched(host: Host, capfd: pytest.CaptureFixture[str]) -> None:
    for number in (3, 4, 5):
        host.push(*segment(number))
    host.push(*segment(4, timeline=2))
    last = ("--last", segment(4)[0])
    assert [host.get(segment(number)[0], *last) for number in (3, 4, 5)] == [0, 0, 1]
    assert host.get(segment(4, timeline=2)[0], *last) == 0
    assert host.get(segment(4)[0], "--last", segment(3)[0]) == 1
    assert host.get("00000001.history", *last) == 1
    assert told(capfd) == ""


def test_segment_that_arrives_while_looking_is_no_hole(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible_collections.pgfleet.pitr.plugins.module_utils._agent.wal import get

    look = get.later_segment

    def arrives_meanwhile(cluster_path: str, *, name: str) -> str | None:
        host.push(*segment(4))
        host.push(*segment(5))
        return look(cluster_path, name=name)

    host.push(*segment(3))
    monkeypatch.setattr(get, "later_segment", arrives_meanwhile)
    assert host.get(segment(4)[0]) == 0


def test_missing_history_of_a_timeline_with_segments_stops_recovery(
    host: Host, capfd: pytest.CaptureFixture[str]
) -> None:
    host.push(*segment(3))
    assert host.get("00000001.history") == 1
    host.push(*segment(3, timeline=2))
    assert host.get("00000002.history") == 200
    assert "[history-missing]" in told(capfd)


def test_recovery_is_no_standby_whatever_its_program_says(host: Host, capfd: pytest.CaptureFixture[str]) -> None:
    program = host.base / "postgres"
    program.write_text("#!/bin/sh\necho\n")
    program.chmod(0o755)
    Path("postmaster.opts").write_text(f"{program}\n")
    host.push(*segment(3))
    host.push(*segment(5))
    missing = segment(4)[0]
    assert host.get(missing) == 200
    Path("standby.signal").touch()
    assert host.get(missing) == 1
    assert host.get(missing, "--until", segment(5)[0]) == 200
    assert told(capfd).count("[segment-hole]") == 3
    os.truncate(host.stored(segment(5)[0]), 100)
    assert host.get(segment(5)[0]) == 200
    program.write_text('#!/bin/sh\ntest "$2" = recovery_target_name && echo x || echo\n')
    assert host.get(missing) == 200


def test_damaged_file_stops_recovery(host: Host, capfd: pytest.CaptureFixture[str]) -> None:
    name, content = segment(3)
    host.push(name, content)
    for size in (0, 100):
        os.truncate(host.stored(name), size)
        assert host.get(name) == 200
        assert "[segment-damaged]" in told(capfd)
    assert os.listdir("pg_wal") == [name]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        pytest.param("repository/db1/cluster.json", "repository-missing", id="no cluster.json"),
        pytest.param("repository/db1", "repository-missing", id="no folder"),
        pytest.param("repository", "repository-missing", id="no repository"),
        pytest.param("etc/db1.conf", "config-missing", id="no configuration"),
    ],
)
def test_repository_that_is_away_never_ends_a_recovery(
    path: str, code: str, host: Host, capfd: pytest.CaptureFixture[str]
) -> None:
    name, content = segment(3)
    host.push(name, content)
    (host.base / path).rename(host.base / "away")
    assert host.get(name) == 200
    assert host.get(segment(4)[0]) == 200
    assert f"[{code}]" in told(capfd)
    assert host.push(*segment(4)) == 1
    assert not (host.base / path).exists()
    (host.base / "away").rename(host.base / path)
    assert host.get(name) == 0


def test_file_system_that_is_not_mounted_is_not_filled(host: Host, capfd: pytest.CaptureFixture[str]) -> None:
    with open(host.base / "etc" / "db1.conf", "a", encoding="utf-8") as stream:
        stream.write(f"repository_mount_point = {host.base}\n")
    assert host.push(*segment(3)) == 1
    assert host.get(segment(3)[0]) == 200
    assert told(capfd).count("[repository-not-mounted]") == 2


def test_copy_may_not_write(host: Host, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (host.base / "copy" / "pg_wal").mkdir(parents=True)
    monkeypatch.chdir(host.base / "copy")
    assert host.push(*segment(3)) == 1
    assert "[writer-unknown]" in told(capfd)
