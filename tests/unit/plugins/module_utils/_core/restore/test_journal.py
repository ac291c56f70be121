# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal survives its text form, and knows what it restored."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import (
    PG_CTL,
    SYSTEMD,
    Cluster,
    ServiceName,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import (
    PAUSED,
    PROMOTED,
    STOPPED,
    SWAPPED,
    SWAPPING,
    UNDOING,
    RestoreJournal,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap_pair import inner_pair, sibling_pair
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize

CLUSTER = Cluster(
    data_directory="/pg/data",
    version=17,
    bin_directory="/usr/lib/postgresql/17/bin",
    config_file="/etc/postgresql/17/main/postgresql.conf",
    hba_file="/etc/postgresql/17/main/pg_hba.conf",
    ident_file="/etc/postgresql/17/main/pg_ident.conf",
    os_user="postgres",
    port=5432,
    socket_directory="/run/postgresql",
    service=ServiceName(SYSTEMD, "postgresql@17-main"),
    system_identifier="7",
    segment_size=SegmentSize(16 * 1024 * 1024),
    running=True,
    in_recovery=False,
    timeline=1,
    postmaster_pid=4711,
    tablespaces={16400: "/mnt/ts"},
    start_options=("-c", "config_file=/etc/postgresql/17/main/postgresql.conf"),
    debian_name="17/main",
)
JOURNAL = RestoreJournal(
    phase=SWAPPED,
    source=CLUSTER,
    in_place=True,
    directory="/pg/data",
    port=5432,
    pairs=(inner_pair("/mnt/ts", "PG_17_1"), sibling_pair("/pg/data")),
    was_running=True,
    plan={"cluster": "db1", "target": {"kind": "latest", "text": "latest"}, "inclusive": True, "in_place": True},
    staged={"restore_command": "get '%f'"},
    earlier_auto="jit = 'off'\n",
    hot_standby=True,
    started="2026-09-15T12:30:00.000000Z",
    wal_end="0/6000028",
)


def test_journal_survives_the_round_trip() -> None:
    assert RestoreJournal.parse(str(JOURNAL)) == JOURNAL


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"format": 2}', str(JOURNAL)[:-40], str(JOURNAL).replace("phase", "x")]
)
def test_text_that_is_no_journal_is_damaged(text: str) -> None:
    with pytest.raises(Damaged) as caught:
        RestoreJournal.parse(text)
    assert caught.value.code == "journal-damaged"


@pytest.mark.parametrize(
    ("phase", "finished"),
    [(SWAPPING, False), (SWAPPED, False), (UNDOING, False), (PROMOTED, True), (PAUSED, True), (STOPPED, True)],
)
def test_restore_is_finished_when_it_came_to_its_end(phase: str, finished: bool) -> None:
    assert JOURNAL.at(phase).is_finished is finished


def test_restored_server_in_place_keeps_its_service() -> None:
    assert JOURNAL.restored == replace(CLUSTER, running=False, postmaster_pid=None)


def test_copy_side_by_side_is_nobody_elses() -> None:
    copy = replace(JOURNAL, in_place=False, directory="/copy", port=5499, pairs=()).restored
    assert (copy.data_directory, copy.port, copy.service) == ("/copy", 5499, ServiceName(PG_CTL))
    assert copy.config_file == "/copy/postgresql.conf"
    assert (copy.start_options, copy.tablespaces, copy.debian_name) == ((), {}, None)


def test_same_restore_is_recognised_by_place_and_target() -> None:
    assert JOURNAL.restores_same({**JOURNAL.plan, "action": "pause"})
    assert not JOURNAL.restores_same({**JOURNAL.plan, "inclusive": False})
    assert not JOURNAL.restores_same({**JOURNAL.plan, "cluster": "db2"})
