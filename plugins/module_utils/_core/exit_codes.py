# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exit codes of the program ``pgpitr``."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes, and how PostgreSQL reacts to them.

    A restore_command that exits with 1 to 125 reports that the file does not exist, and recovery may end there and open
    the server; with 126 or more it stops recovery. An archive_command that exits with more than 125 makes the archiver
    process exit, and the failure is not counted in ``pg_stat_archiver``. Source: PostgreSQL,
    ``src/backend/access/transam/xlogarchive.c`` and ``src/backend/archive/shell_archive.c``. ``_agent/wal/push.py`` and
    ``_agent/wal/get.py`` have the same numbers as plain constants, because importing ``enum`` costs milliseconds for
    each segment; a test compares them.
    """

    OK = 0
    FAILED = 1
    MISSING = 1
    INTERRUPTED = 130
    GET_FAILED = 200


__all__ = ("ExitCode",)
