# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archive_lag import ArchiveLag
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archive_rate import ArchiveRate
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archiver_state import (
    SERVER_DOWN,
    ArchiverState,
    WalRoom,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.held_wal import KeptWal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.other_repository import OtherRepository
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.push_failure import PushFailure
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.window import Window
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.archiver_text import (
    archiver_attention,
    archiver_lines,
    archiving_line,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn

GIB = 1 << 30
WELL = ArchiverState(last_archived="S", lag=ArchiveLag(0, 0.0, 4096))
FRESH = ArchiverState()
DOWN = ArchiverState(2, 20.0, server_error=SERVER_DOWN)
FAILING = ArchiverState(2, 61.0, "S", "T")
WHY = PushFailure("T", "repository-unreachable", "host 'backup1' does not answer", 1.0)
WINDOW = Window(Lsn(3 << 24), Lsn(5 << 24), 1, "a", datetime(2026, 11, 22, 15, tzinfo=timezone.utc))
REPOSITORY = "pgpitr@backup1:/srv/pitr/db1"


@pytest.mark.parametrize(
    ("archiver", "lines"),
    [
        pytest.param(None, [], id="not known"),
        pytest.param(FRESH, ["  archiver  last archived nothing, 0 waiting"], id="nothing archived yet"),
        pytest.param(DOWN, ["  archiver  last archived not known, 2 waiting (for 20 s)"], id="server down"),
        pytest.param(FAILING, ["  archiver  last archived S, 2 waiting (for 61 s), FAILING on T"], id="failing"),
    ],
)
def test_state_in_a_line_of_the_catalogue(archiver: ArchiverState | None, lines: list[str]) -> None:
    assert archiver_lines(archiver) == lines


def test_state_as_a_table() -> None:
    state = ArchiverState(
        2,
        61.0,
        "S",
        "T",
        failure=WHY,
        kept_wal=(
            KeptWal("slot", "standby_of_the_other_data_center", 3 * GIB, "not in use"),
            KeptWal("wal_keep_size", "", GIB, "always"),
        ),
        lag=ArchiveLag(2, 61.0, GIB, Lsn(7 << 24), 121.0),
        rate=ArchiveRate(1.5, None),
        room=WalRoom(GIB, 4 * GIB, 9 * GIB, 2 * GIB),
        repository=REPOSITORY,
    )
    lines = archiver_lines(state)

    assert lines == [
        "  archiver  last archived S, 2 waiting (for 61 s), FAILING on T",
        "  because   host 'backup1' does not answer [repository-unreachable]",
        "  at risk   1.00 GiB, the changes of 2 min 1 s, if this host were lost now:",
        "            pgpitr@backup1:/srv/pitr/db1 has WAL up to 0/7000000",
        "  rate      an unknown number of segments a second archived, 1.50 finished by the server",
        "  pg_wal    4.00 GiB, 1.00 GiB waiting (at most 2.00 GiB without a warning), 9.00 GiB free",
        "  kept      3.00 GiB for slot 'standby_of_the_other_data_center' (not in use), 1.00 GiB for",
        "            wal_keep_size",
    ]
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize(
    ("state", "line"),
    [
        ("in use", "  streamed  by slot 'pgpitr_db1', 2.00 KiB behind"),
        ("not in use", "  streamed  by slot 'pgpitr_db1', NOBODY receives (not in use)"),
        ("lost", "  streamed  by slot 'pgpitr_db1', NOBODY receives (lost)"),
    ],
)
def test_receiver_of_streamed_wal_is_shown(state: str, line: str) -> None:
    kept = (KeptWal("slot", "standby1", 1024, "in use"), KeptWal("slot", "pgpitr_db1", 2048, state))
    lines = archiver_lines(ArchiverState(0, 0.0, "S", None, kept_wal=kept))
    assert lines[1] == line and sum("streamed" in each for each in lines) == 1


@pytest.mark.parametrize(
    ("lag", "line"),
    [
        pytest.param(ArchiveLag(0, 0.0, 40, Lsn(1 << 24), 0.0), "nothing if this host were lost now", id="nothing"),
        pytest.param(ArchiveLag(0, 0.0, 4096, Lsn(1 << 24), None), "4.00 KiB if this host were lost now", id="since"),
    ],
)
def test_what_is_at_risk(lag: ArchiveLag, line: str) -> None:
    _state, risk = archiver_lines(ArchiverState(lag=lag, repository="/srv"))

    assert risk == f"  at risk   {line}: /srv has WAL up to 0/1000000"


def test_state_in_a_few_words() -> None:
    assert archiving_line(WELL) == "last archived S, none waiting, 4.00 KiB behind"
    assert archiving_line(DOWN) == "last archived not known, 2 waiting"
    assert archiving_line(FRESH) == "last archived nothing, none waiting"


@pytest.mark.parametrize(
    ("archiver", "sentences"),
    [
        pytest.param(WELL, [], id="all is well"),
        pytest.param(FAILING, ["archiving fails on T: see the server's log"], id="failing"),
        pytest.param(
            ArchiverState(2, 61.0, "S", "T", failure=WHY),
            ["archiving fails on T: host 'backup1' does not answer [repository-unreachable]"],
            id="failing for a reason that is known",
        ),
        pytest.param(
            ArchiverState(2, 61.0, "S", "T", failure=WHY, failure_age_seconds=7200.0),
            [
                "archiving fails on T: host 'backup1' does not answer [repository-unreachable], 2 h ago; archive-push"
                " was not called since: see the server's log"
            ],
            id="failing for another reason by now",
        ),
        pytest.param(
            ArchiverState(2, 61.0, "S", "U", failure=WHY), ["archiving fails on U: see the server's log"], id="another"
        ),
        pytest.param(ArchiverState(7, 20.0, "S"), [], id="waiting shortly"),
        pytest.param(
            ArchiverState(7, 7200.0, "S"), ["7 WAL files waiting to be archived, the oldest for 2 h"], id="waiting"
        ),
        pytest.param(
            ArchiverState(1, 7200.0, server_error="no server"),
            ["no server", "1 WAL file waiting to be archived, the oldest for 2 h"],
            id="the server is down",
        ),
        pytest.param(
            ArchiverState(2, 61.0, "S", "T", is_active=False, held_wal=("a slot is not in use",)),
            ["the server does not archive: run the playbook 'archive'", "a slot is not in use"],
            id="the server does not archive at all",
        ),
        pytest.param(
            ArchiverState(
                others=(
                    OtherRepository("far", lacking_count=2, first_lacking="S"),
                    OtherRepository("further", lacking_count=3, first_lacking="S"),
                    OtherRepository("spare", False, failure=WHY),
                    OtherRepository("gone", error="it is not mounted"),
                )
            ),
            [
                "the repository 'further' lacks 3 segments of WAL that the first one has, from S",
                f"storing in the repository 'spare' fails: {WHY.message} [{WHY.code}]",
                "the repository 'gone' cannot be read: it is not mounted",
            ],
            id="further repositories",
        ),
        pytest.param(
            ArchiverState(repository_error="it is not mounted"),
            ["the repository cannot be read: it is not mounted"],
            id="the repository is away",
        ),
        pytest.param(
            ArchiverState(future_files=("T",)),
            ["the host's clock was or is wrong: files that wait to be archived are dated in the future: T"],
            id="the clock was ahead",
        ),
        pytest.param(
            ArchiverState(room=WalRoom(3 * GIB, 4 * GIB, GIB, 2 * GIB)),
            [
                "3.00 GiB of WAL wait to be archived, more than pitr_archiving_queue_max_bytes (2.00 GiB): nothing is"
                " dropped, and PostgreSQL stops once the disk of pg_wal is full (1.00 GiB free)"
            ],
            id="more waits than may",
        ),
        pytest.param(ArchiverState(room=WalRoom(2 * GIB, 4 * GIB, GIB, 2 * GIB)), [], id="as much waits as may"),
    ],
)
def test_what_is_wrong(archiver: ArchiverState, sentences: list[str]) -> None:
    assert [*archiver_attention(archiver)] == sentences


@pytest.mark.parametrize(
    ("other", "line"),
    [
        (OtherRepository("far", lacking_count=0), "'far': all the WAL that the first has"),
        (
            OtherRepository("far", False, lacking_count=1, first_lacking="S"),
            "'far': lacks 1 segment, from S (not required)",
        ),
        (
            OtherRepository("far", lacking_count=0, backup_count=2, window=WINDOW),
            "'far': all the WAL that the first has; 2 backups, recoverable since 2026-11-22 15:00:00Z to 0/5000000",
        ),
        (
            OtherRepository("far", lacking_count=0, backup_count=1),
            "'far': all the WAL that the first has; 1 backup, nothing can be recovered from it alone",
        ),
        (OtherRepository("far"), "'far': not compared"),
        (OtherRepository("far", error="it is away"), "'far': cannot be read"),
    ],
)
def test_each_further_repository_has_a_line(other: OtherRepository, line: str) -> None:
    # Long lines are folded.
    told = " ".join(" ".join(archiver_lines(ArchiverState(others=(other,)))).split())
    assert told.endswith(f"also in {line}")
