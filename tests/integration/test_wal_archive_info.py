# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of archiving is told from both ends: the server's archiver and the repository's files."""

from __future__ import annotations

import pytest
from support.archiving import archive, cluster_options, tree_digest


@pytest.fixture
def archived(workbench, cluster, repository):
    """A cluster that archives, and the options that ask about it."""
    archive(workbench, cluster, repository=repository)
    return {**cluster_options(cluster), "name": "db1", "repository_path": str(repository)}


@pytest.mark.versions(18)
def test_healthy_archive_has_nothing_waiting_and_no_gap(cluster, archived, run_module, repository):
    watched = tree_digest(repository)

    run = run_module("wal_archive_info", archived)

    assert not run.changed
    assert run["archiving"] is True
    assert run["archiver"]["ready_count"] == 0
    assert run["archiver"]["failing_on"] is None
    assert run["archiver"]["last_archived"] == cluster.value("SELECT last_archived_wal FROM pg_stat_archiver")
    assert run["gaps"] == []
    assert run["damaged_files"] is None
    assert run["lag"]["segments"] == 0
    assert 0 <= run["lag"]["bytes"] < 16 * 1024 * 1024
    assert run["stored"][0]["last_segment"] == run["archiver"]["last_archived"]
    assert "archive-push" in run["settings"]["archive_command"]
    assert tree_digest(repository) == watched


@pytest.mark.versions(18)
def test_missing_and_damaged_segments_are_named(cluster, archived, run_module, repository):
    segments = [cluster.switch_segment() for _unused in range(4)]
    folder = repository / "db1" / "wal" / "00000001" / "00000000"
    cluster.wait_until(lambda: list(folder.glob(f"{segments[-1]}*")), what="the last segment is stored")
    for path in folder.glob(f"{segments[1]}*"):
        path.unlink()
    damaged = next(path for path in folder.glob(f"{segments[2]}*") if not path.name.endswith(".sha256"))
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 0xFF
    damaged.write_bytes(content)

    run = run_module("wal_archive_info", {**archived, "check_files": True})

    assert run["gaps"] == [{"first_segment": segments[1], "last_segment": segments[1], "count": 1}]
    assert [one["name"] for one in run["damaged_files"]] == [segments[2]]
    assert run["damaged_files"][0]["code"] == "segment-damaged"


@pytest.mark.versions(15)
def test_failing_archiver_is_seen_from_its_waiting_files(cluster, archived, run_module, repository):
    folder = repository / "db1" / "wal" / "00000001" / "00000000"
    folder.chmod(0o500)
    waiting = [cluster.switch_segment(), cluster.switch_segment()]
    cluster.wait_until(lambda: cluster.value("SELECT failed_count > 0 FROM pg_stat_archiver"), what="archiving fails")

    run = run_module("wal_archive_info", archived)

    assert run["archiver"]["failing_on"] == waiting[0]
    assert run["archiver"]["ready_count"] == 2
    assert run["archiver"]["oldest_ready_seconds"] > 0
    assert run["lag"]["segments"] == 2
    assert run["lag"]["bytes"] > 16 * 1024 * 1024
    folder.chmod(0o700)


@pytest.mark.versions(16)
def test_stopped_server_is_told_of_as_far_as_files_know(cluster, archived, run_module):
    cluster.stop()

    run = run_module("wal_archive_info", archived)

    assert run["cluster"]["state"] == "stopped"
    assert run["archiving"] is None
    assert run["archiver"]["last_archived"] is None
    assert run["archiver"]["server_error"] == "the server does not run"
    assert run["attention"] == ["the server does not run"]
    assert "last archived not known" in run["text"]
    assert run["archiver"]["ready_count"] == 0
    assert run["stored"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"name": "other"}, "cluster-unknown", id="unknown name"),
        pytest.param({"repository_path": "/nowhere"}, "repository-missing", id="no repository"),
    ],
)
@pytest.mark.versions(15)
def test_wrong_place_is_refused(archived, run_module, change, code):
    run = run_module("wal_archive_info", {**archived, **change}, expect_failure=True)

    assert run.code == code
    assert run["hint"]
