# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal survives its text form, that of the version before too, and knows what it restored."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import datetime, timezone

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import PG_CTL, SYSTEMD, ServiceName
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import (
    PAUSED,
    PROMOTED,
    ROLLING_BACK,
    STOPPED,
    SWAPPED,
    SWAPPING,
    RestoreJournal,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.recovery_proof import Reached
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.request import RestoreRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.scope import RestoreScope
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.swap_pair import inner_pair, sibling_pair
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.recovery_target import RecoveryTarget
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from fixture_files import FIXTURES
from sample_cluster import sample_cluster
from sample_plan import NOON, REQUEST, sample_journal

CLUSTER = sample_cluster(
    config_file="/etc/postgresql/17/main/postgresql.conf",
    service=ServiceName(SYSTEMD, "postgresql@17-main"),
    postmaster_pid=4711,
    tablespaces={16400: "/mnt/ts"},
    start_options=("-c", "config_file=/etc/postgresql/17/main/postgresql.conf"),
    debian_name="17/main",
)
JOURNAL = sample_journal(
    CLUSTER, pairs=(inner_pair("/mnt/ts", "PG_17_1"), sibling_pair("/pg/data")), wal_end=Lsn.parse("0/6000028")
)
# Written by version 0.1.0 as of commit bc2a9d6 in restores of real clusters, but for the names of directories.
RECORDED = ("swapped-18", "paused-15", "promoted-15")


def recorded(name: str) -> str:
    return (FIXTURES / f"restore-journal-0.1.0-{name}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "journal",
    [
        pytest.param(JOURNAL, id="before the recovery"),
        pytest.param(JOURNAL.at(PAUSED, reached=Reached(Lsn.parse("0/5000100"), NOON, 1)), id="paused"),
        pytest.param(
            JOURNAL.at(PROMOTED, reached=Reached(Lsn.parse("0/5000100"), None, 1), new_timeline=2), id="promoted"
        ),
    ],
)
def test_journal_survives_the_round_trip(journal: RestoreJournal) -> None:
    assert RestoreJournal.parse(str(journal)) == journal


@pytest.mark.parametrize("name", RECORDED)
def test_journal_of_the_version_before_is_written_in_its_form(name: str) -> None:
    """Both versions read the same form, so that either may finish or roll back what the other began."""
    record = json.loads(recorded(name))
    # What the version before does not know, it leaves alone.
    plan = {**record["plan"], "silenced": {}, "settings": [], "successor": False, "standby": False, "intent": {}}
    assert json.loads(str(RestoreJournal.parse(json.dumps(record)))) == {**record, "earlier_auto": "", "plan": plan}


def test_password_that_the_version_before_kept_is_dropped() -> None:
    record = json.loads(recorded("swapped-18"))
    record["earlier_auto"] = "primary_conninfo = 'password=canary'\nrestore_command = 'cp /old/%f %p'\n"
    text = str(RestoreJournal.parse(json.dumps(record)))
    assert "canary" not in text
    assert json.loads(text)["earlier_auto"] == "restore_command = 'cp /old/%f %p'\n"


def test_journal_of_the_version_before_is_understood() -> None:
    swapped, promoted = (RestoreJournal.parse(recorded(name)) for name in ("swapped-18", "promoted-15"))
    assert (swapped.phase, swapped.reached, swapped.new_timeline) == (SWAPPED, None, None)
    assert swapped.plan.target.kind == "time" and swapped.plan.target.moment is not None
    assert swapped.wal_end is not None and swapped.wal_end > swapped.plan.stop_lsn
    assert swapped.server_action == "pause"
    assert promoted.new_timeline == 2
    assert promoted.reached is not None and promoted.reached.timeline == 1
    assert promoted.reached.lsn > promoted.plan.backup_stop_lsn
    space, data = promoted.pairs
    assert (space.rolled_back, data.rolled_back) == (
        "/srv/pg/space/.pitr-undone/PG_15_202209061",
        "/srv/pg/c0/data.pitr-undone",
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"format": 2}',
        str(JOURNAL)[:-40],
        str(JOURNAL).replace("phase", "x"),
        str(JOURNAL).replace('"0/5000200"', '"nowhere"'),
        json.dumps({**json.loads(str(JOURNAL)), "plan": {}}),
    ],
)
def test_text_that_is_no_journal_is_damaged(text: str) -> None:
    with pytest.raises(Damaged) as caught:
        RestoreJournal.parse(text)
    assert caught.value.code == "journal-damaged"


@pytest.mark.parametrize(
    ("phase", "finished", "waiting"),
    [
        (SWAPPING, False, False),
        (SWAPPED, False, False),
        (ROLLING_BACK, False, False),
        (PROMOTED, True, False),
        (PAUSED, True, True),
        (STOPPED, True, True),
    ],
)
def test_restore_is_finished_when_it_came_to_its_end(phase: str, finished: bool, waiting: bool) -> None:
    assert (JOURNAL.at(phase).is_finished, JOURNAL.at(phase).is_waiting) == (finished, waiting)


@pytest.mark.parametrize(
    ("phase", "in_place", "is_lost", "is_only_copy"),
    [
        pytest.param(PROMOTED, True, True, True, id="successor"),
        pytest.param("following", True, True, True, id="standby, which may be the primary by now"),
        pytest.param("paused", True, True, False, id="waits, and another target may be wanted"),
        pytest.param(SWAPPED, True, True, False, id="recovers"),
        pytest.param(PROMOTED, True, False, False, id="the old cluster is kept"),
        pytest.param(PROMOTED, False, True, False, id="copy on another host, which is stopped and stays"),
    ],
)
def test_what_came_into_the_place_of_nothing_is_not_taken_away_again(
    phase: str, in_place: bool, is_lost: bool, is_only_copy: bool
) -> None:
    source = replace(JOURNAL.source, is_lost=is_lost)
    assert replace(JOURNAL, phase=phase, in_place=in_place, source=source).is_only_copy == is_only_copy


def test_restored_server_in_place_keeps_its_service() -> None:
    assert JOURNAL.restored == replace(CLUSTER, running=False, postmaster_pid=None)


def test_copy_side_by_side_is_nobody_elses() -> None:
    copy = replace(JOURNAL, in_place=False, directory="/copy", port=5499, pairs=()).restored
    assert (copy.data_directory, copy.port, copy.service) == ("/copy", 5499, ServiceName(PG_CTL))
    assert copy.config_file == "/copy/postgresql.conf"
    assert (copy.start_options, copy.tablespaces, copy.debian_name) == ((), {}, None)


@pytest.mark.parametrize(
    ("request_", "directory", "is_same"),
    [
        pytest.param(REQUEST, "/pg/data", True, id="the same"),
        pytest.param(replace(REQUEST, action="pause"), "/pg/data", True, id="another action"),
        pytest.param(replace(REQUEST, name="db2"), "/pg/data", False, id="another cluster"),
        pytest.param(REQUEST, "/pg/other", False, id="another place"),
        pytest.param(replace(REQUEST, directory="/pg/data", port=1), "/pg/data", False, id="a copy"),
        pytest.param(replace(REQUEST, standby=True), "/pg/data", False, id="a standby"),
        pytest.param(
            replace(REQUEST, target=replace(REQUEST.target, inclusive=False)), "/pg/data", False, id="another edge"
        ),
        pytest.param(
            replace(REQUEST, target=RecoveryTarget.parse("latest", True)), "/pg/data", False, id="another target"
        ),
    ],
)
def test_same_restore_is_recognised_by_place_and_target(
    request_: RestoreRequest, directory: str, is_same: bool
) -> None:
    assert JOURNAL.restores_same(request_, directory=directory) is is_same
    assert RestoreJournal.parse(str(JOURNAL)).restores_same(request_, directory=directory) is is_same


# Another value of these is another restore; of the others, no reason to throw away what was restored.
ANOTHER_RESTORE = {
    "name": {"name": "db2"},
    "target": {"target": RecoveryTarget.parse("latest", True)},
    "directory": {"directory": "/pg/data"},
    "standby": {"standby": True},
}
THE_SAME_RESTORE = {
    "action": {"action": "pause"},
    "timeline": {"timeline": 3},
    "backup": {"backup": "20260915-120000F"},
    "port": {"port": 5499},
    "scope": {"scope": RestoreScope(2, limited=True)},
    "tablespace_roots": {"tablespace_roots": ("/mnt",)},
    "received_directory": {"received_directory": "/wal"},
    "settings": {"settings": {"work_mem": "1GB"}},
    "source": {"source": "db1"},
    "tablespaces": {"tablespaces": {"/a": "/b"}},
    "wal_directory": {"wal_directory": "/wal"},
}


@pytest.mark.parametrize("name", [each.name for each in fields(RestoreRequest)])
def test_each_part_of_a_request_is_judged(name: str) -> None:
    another = replace(REQUEST, **{**ANOTHER_RESTORE, **THE_SAME_RESTORE}[name])
    assert another != REQUEST
    assert JOURNAL.restores_same(another, directory="/pg/data") is (name in THE_SAME_RESTORE)


def test_moment_of_a_recorded_target_is_that_of_its_text() -> None:
    target = RestoreJournal.parse(recorded("swapped-18")).plan.target
    assert target.moment == datetime.fromisoformat(str(target)).astimezone(timezone.utc)
