# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a failure of pg_basebackup means."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.pg_basebackup_failure import classify_failure
from fixture_files import sections


@pytest.mark.parametrize(
    ("code", "text"),
    [
        pytest.param(code, text, id=f"{version}-{number}-{code}")
        for version in (15, 18)
        for number, (code, text) in enumerate(sections(f"pg_basebackup-{version}.txt"))
        if code != "progress"
    ],
)
def test_failures_as_they_are_printed(code: str, text: str) -> None:
    error = classify_failure(text, rc=1, compression="zstd", hba_file="/etc/pg_hba.conf", user="postgres")
    assert error.code == code
    assert error.hint


@pytest.mark.parametrize(
    ("code", "text"),
    [
        pytest.param(
            "wal-senders-full",
            'FATAL:  number of requested standby connections exceeds "max_wal_senders" (currently 1)',
            id="no free sender",
        ),
        pytest.param(
            "repository-full",
            'pg_basebackup: error: could not write to file "base.tar": No space left on device',
            id="full",
        ),
        pytest.param(
            "scratch-missing",
            'pg_basebackup: error: could not write to file "/var/tmp/pgpitr-spool-x1/L/base.tar.zst":'
            " No space left on device",
            id="spool full",
        ),
        pytest.param(
            "page-checksum-failed",
            'WARNING:  checksum verification failed in file "./base/5/1259", block 3: calculated 1A but expected 2B\n'
            "pg_basebackup: error: checksum error occurred",
            id="damaged pages",
        ),
        pytest.param(
            "server-down",
            "pg_basebackup: error: could not read COPY data: server closed the connection unexpectedly",
            id="crash",
        ),
        pytest.param(
            "wal-summaries-missing",
            "pg_basebackup: error: could not initiate base backup: ERROR:  WAL summarization is not progressing",
            id="summarizer stuck",
        ),
        pytest.param(
            "restartpoint-missing",
            "pg_basebackup: error: could not initiate base backup: ERROR:  manifest requires WAL from final timeline 1 "
            "ending at 0/5000100, but this backup starts at 0/4000028\nHINT:  This can happen for incremental backups "
            "on a standby if there was little activity since the previous backup.",
            id="no restartpoint",
        ),
        pytest.param(
            "standby-promoted",
            "pg_basebackup: error: could not get write-ahead log end position from server: ERROR:  the standby was "
            "promoted during online backup",
            id="promoted",
        ),
        pytest.param(
            "full-page-writes-off",
            'pg_basebackup: error: could not initiate base backup: ERROR:  WAL generated with "full_page_writes=off" '
            "was replayed since last restartpoint",
            id="torn pages",
        ),
        pytest.param("base-backup-failed", "pg_basebackup: error: something new", id="unknown"),
        pytest.param("base-backup-failed", "", id="wordless"),
    ],
)
def test_other_failures(code: str, text: str) -> None:
    error = classify_failure(text, rc=1, compression="zstd", hba_file="/etc/pg_hba.conf", user="postgres")
    assert error.code == code


def test_killed_program_has_not_failed_for_a_reason_of_its_own() -> None:
    error = classify_failure("", rc=-9, compression="zstd", hba_file="/etc/pg_hba.conf", user="postgres")
    assert (error.code, "signal 9" in error.message) == ("base-backup-killed", True)


def test_refused_connection_hint_has_the_line_to_add() -> None:
    said = "FATAL:  no pg_hba.conf entry for replication connection from host"
    error = classify_failure(said, rc=1, compression="none", hba_file="/etc/postgresql/15/main/pg_hba.conf", user="db")
    assert "local replication db peer" in error.hint
    assert "/etc/postgresql/15/main/pg_hba.conf" in error.hint
