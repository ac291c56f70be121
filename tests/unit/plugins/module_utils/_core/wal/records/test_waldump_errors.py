# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.records.waldump_errors import (
    parse_waldump_failure,
    quiet_argv,
    wal_version,
)

ERROR = "pg_waldump: error: "


@pytest.mark.parametrize(
    ("stderr", "lsn", "segment", "no_record"),
    [
        pytest.param(
            "error in WAL record at 0/2016418: invalid record length at 0/2016440: wanted 24, got 0",
            "0/2016440",
            None,
            False,
            id="the end of valid WAL",
        ),
        pytest.param(
            "error in WAL record at 0/30000A0: incorrect resource manager data checksum in record at 0/30000D8",
            "0/30000D8",
            None,
            False,
            id="a record's checksum",
        ),
        pytest.param(
            "error in WAL record at 0/3001F60: invalid magic number 0000 in log segment 000000010000000000000004, "
            "offset 8192",
            "0/3001F60",
            "000000010000000000000004",
            False,
            id="a page, PostgreSQL 15",
        ),
        pytest.param(
            "error in WAL record at 0/3001F60: invalid magic number 0000 in WAL segment 000000010000000000000004, "
            "LSN 0/4002000, offset 8192",
            "0/3001F60",
            "000000010000000000000004",
            False,
            id="a page, PostgreSQL 16",
        ),
        pytest.param("could not find a valid record after 0/3000000", None, None, True, id="the inside of a record"),
        pytest.param("", None, None, False, id="nothing said"),
    ],
)
def test_complaints(stderr: str, lsn: str | None, segment: str | None, no_record: bool) -> None:
    said = parse_waldump_failure(f"{ERROR}{stderr}\n" if stderr else "")

    assert (None if said.lsn is None else str(said.lsn)) == lsn
    assert said.segment == segment
    assert said.no_record is no_record
    assert said.message == (stderr or "no message")


def test_command_says_only_what_is_wrong() -> None:
    argv = quiet_argv("/bin/pg_waldump", directory="/scratch", first_segment="A", last_segment="B")

    assert argv == ("/bin/pg_waldump", "--quiet", "--path=/scratch", "A", "B")


def test_versions_by_magic_number() -> None:
    assert [wal_version(magic) for magic in (0xD10D, 0xD110, 0xD113, 0xD116, 0xD118, 0)] == [14, 15, 16, 17, 18, None]
