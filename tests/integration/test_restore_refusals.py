# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input and impossible wishes get a code, a hint, and not a byte changed."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from support.archiving import tree_digest
from support.cluster import Cluster
from support.ports import PortLease
from support.restoring import Site, lay_out


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    return Site.make(workbench, cluster, repository)


INPUT: dict[str, tuple[dict[str, Any], str, str]] = {
    "no target": ({}, "target-count", ""),
    "two targets": ({"target_time": "2026-09-15T14:30:00Z", "target_latest": True}, "target-count", "target_latest"),
    "bare date": ({"target_time": "2026-09-15"}, "target-no-offset", "date without a time"),
    "no offset": ({"target_time": "2026-09-15 14:30:00"}, "target-no-offset", "no UTC offset"),
    "zone with a gap": ({"target_time": "2026-03-29 03:30:00 Europe/Helsinki"}, "target-no-offset", "time zone"),
    "number": ({"target_time": 20260915}, "target-type", "number"),
    "nonsense": ({"target_time": "half past two"}, "target-invalid", ""),
    "LSN that is none": ({"target_lsn": "0-3000028"}, "target-invalid", ""),
    "timeline in words": ({"target_latest": True, "target_timeline": "new"}, "timeline-unknown", "new"),
    "unknown timeline": ({"target_latest": True, "target_timeline": "7"}, "timeline-unknown", "7"),
    "unknown backup": ({"target_latest": True, "backup": "20200101T000000Z-full"}, "backup-unknown", "20200101"),
    "unknown restore point": ({"target_name": "never made"}, "target-unreachable", "never made"),
    "unknown transaction": ({"target_xid": "4000000000"}, "target-unreachable", "4000000000"),
    "before the first backup": ({"target_time": "2020-01-01T00:00:00Z"}, "target-before-first-backup", ""),
    "LSN before the first backup": ({"target_lsn": "0/28"}, "target-before-first-backup", ""),
    "after the last commit": ({"target_time": "2099-01-01T00:00:00Z"}, "target-after-last-commit", ""),
    "LSN after the end": ({"target_lsn": "FF/28"}, "target-unreachable", ""),
    "latest and pause": ({"target_latest": True, "target_action": "pause"}, "action-without-target", ""),
    "side by side without a port": (
        {"target_latest": True, "restore_data_directory": "/tmp/never made"},
        "port-missing",
        "",
    ),
}


@pytest.mark.versions(18)
def test_bad_input_is_refused_before_anything_changes(site: Site) -> None:
    lay_out(site)
    site.cluster.sql("CHECKPOINT")
    places = [site.cluster.data / "global" / "pg_control", site.cluster.data / "postgresql.auto.conf", site.repository]
    before, names = tree_digest(*places), sorted(os.listdir(site.cluster.base))
    found = {}

    for name, (options, _code, _word) in INPUT.items():
        for state in ("planned", "present"):
            run = site.workbench.run_module("restore", {**site.options, "state": state, **options}, expect_failure=True)
            found[name, state] = run.code
            assert run["hint"], name
            assert INPUT[name][2] in run["msg"], name

    assert found == {
        (name, state): code for name, (_unused, code, _w) in INPUT.items() for state in ("planned", "present")
    }
    assert tree_digest(*places) == before
    assert sorted(os.listdir(site.cluster.base)) == names
    last = site.plan(target_time="2099-01-01T00:00:00Z", fails=True)
    assert re.search(r"20\d\d-\d\d-\d\dT", last["msg"]) and "latest" in last["hint"]
    first = site.plan(target_time="2020-01-01T00:00:00Z", fails=True)
    assert re.search(r"20\d\d-\d\d-\d\dT", first["hint"])


@pytest.mark.versions(15)
def test_confirmation_has_to_name_cluster_and_target(site: Site) -> None:
    places = lay_out(site)
    target = places.target("time")
    wanted = f"db1@{places.moment}"

    missing = site.workbench.run_module("restore", {**site.options, **target, "confirm": ""}, expect_failure=True)
    assert (missing.code, wanted in missing["msg"]) == ("confirmation-missing", True)
    for wrong in ("db1", "db2@" + places.moment, "db1@latest", wanted + "0"):
        differs = site.stage(**target, confirm=wrong, fails=True)
        assert (differs.code, wanted in differs["msg"]) == ("confirmation-differs", True)
    # A rehearsal comes before the confirmation, so it may leave it out, but not get it wrong.
    assert site.workbench.run_module("restore", {**site.options, **target}, check=True)["confirmation"] == wanted
    wrong_rehearsal = {**site.options, **target, "confirm": "db1@latest"}
    assert (
        site.workbench.run_module("restore", wrong_rehearsal, check=True, expect_failure=True).code
        == "confirmation-differs"
    )


def without_free_space(plan_text: str) -> str:
    """A plan without what other processes of the machine change."""
    return re.sub(r"\(\S+ \S+ free\)", "", plan_text)


@pytest.mark.versions(18)
def test_plan_and_check_mode_change_not_a_byte(site: Site) -> None:
    places = lay_out(site)
    site.cluster.sql("CHECKPOINT")
    watched = [site.cluster.data / "global", site.cluster.data / "base", site.repository]
    before, names = tree_digest(*watched), sorted(os.listdir(site.cluster.base))

    for kind in ("time", "latest"):
        target = places.target(kind)
        planned = site.plan(**target)
        rehearsed = site.workbench.run_module(
            "restore", {**site.options, **target, "confirm": planned["confirmation"]}, check=True
        )
        assert planned.changed and rehearsed.changed
        assert without_free_space(rehearsed["plan_text"]) == without_free_space(planned["plan_text"])
        assert rehearsed["diff"]["after"].strip() == rehearsed["plan_text"]

    assert tree_digest(*watched) == before
    assert sorted(os.listdir(site.cluster.base)) == names
    assert site.workbench.run_module("recovery", site.recovery_options, expect_failure=True).code == "restore-missing"


@pytest.mark.versions(16)
def test_missing_segment_is_named_before_anything_stops(site: Site) -> None:
    places = lay_out(site)
    segments = sorted((site.repository / "db1" / "wal" / "00000001").rglob("0000000100000000*"))
    needed = [path for path in segments if re.fullmatch(r"[0-9A-F]{24}(\.zst|\.lz4|\.gz)?", path.name)]
    gone = needed[-2]
    gone.unlink()
    # What the server itself still has counts, and is stored again by a restore.
    assert gone.name[:24] in site.plan(target_latest=True)["plan"]["segments_not_archived"]
    (site.cluster.data / "pg_wal" / gone.name[:24]).unlink()

    for target in ({"target_latest": True}, {"target_time": site.moment()}):
        refused = site.plan(**target, fails=True)
        assert (refused.code, gone.name[:24] in refused["msg"]) == ("segment-missing", True)
    assert site.plan(**places.target("time"))["plan"]["segments"] >= 1


@pytest.mark.versions(15, 18)
def test_settings_too_low_for_hot_standby_are_raised_and_named(site: Site) -> None:
    places = lay_out(site)
    site.cluster.configure(max_connections=20, max_prepared_transactions=0)

    notes = site.plan(**places.target("time"))["plan"]["notes"]
    assert any(note.startswith("max_connections is 25 for the recovery") and "20" in note for note in notes)

    site.cluster.configure(hot_standby="off")
    notes = site.plan(**places.target("time"))["plan"]["notes"]
    assert any("hot_standby is off" in note for note in notes)
    assert not any("max_connections" in note for note in notes)


@pytest.mark.versions(18)
def test_restore_point_twice_is_ambiguous(site: Site) -> None:
    lay_out(site)
    site.cluster.sql("SELECT pg_create_restore_point('rp1')")
    # By itself it is only written within wal_writer_delay.
    site.cluster.sql("CHECKPOINT")
    refused = site.plan(target_name="rp1", fails=True)
    assert refused.code == "target-ambiguous"
    assert len(re.findall(r"0/[0-9A-F]+", refused["msg"])) == 2


@pytest.mark.versions(15)
def test_damaged_backup_costs_nothing(site: Site) -> None:
    lay_out(site)
    (archive,) = (site.repository / "db1" / "backups").glob("*/base.tar*")
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 0xFF
    archive.write_bytes(bytes(content))
    pid = site.cluster.postmaster_pid()

    refused = site.stage(target_latest=True, fails=True)

    assert refused.code == "backup-damaged"
    assert site.cluster.postmaster_pid() == pid
    assert not Path(f"{site.cluster.data}.pitr-new").exists()
    assert not Path(f"{site.cluster.data}.pitr-journal.json").exists()


@pytest.mark.versions(18)
def test_foreign_repository_is_refused(site: Site, make_cluster: Any) -> None:
    lay_out(site)
    other: Cluster = make_cluster()
    options = {**site.options, "data_directory": str(other.data), "state": "planned", "target_latest": True}
    assert site.workbench.run_module("restore", options, expect_failure=True).code == "repository-foreign"


@pytest.mark.versions(15)
def test_port_that_is_in_use_is_refused(site: Site) -> None:
    places = lay_out(site)
    beside = {"restore_data_directory": str(site.cluster.base / "copy")}
    used = site.plan(**places.target("time"), **beside, restore_port=site.cluster.port, fails=True)
    assert used.code == "port-in-use"
    lease = PortLease.take()
    assert site.plan(**places.target("time"), **beside, restore_port=lease.port)["plan"]["port"] == lease.port
    lease.release()


@pytest.mark.versions(15)
def test_backup_of_another_major_version_is_refused(site: Site) -> None:
    lay_out(site)
    (record,) = (site.repository / "db1" / "backups").glob("*/backup.json")
    record.write_text(record.read_text().replace('"version": 15,', '"version": 14,'))
    assert site.plan(target_latest=True, fails=True).code == "version-mismatch"
    record.write_text("not JSON")
    label = record.parent.name
    assert site.plan(target_latest=True, backup=label, fails=True).code == "backup-damaged"
