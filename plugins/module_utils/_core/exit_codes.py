# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the ``pgpitr`` program's exit codes mean to PostgreSQL."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The program's exit codes, and what PostgreSQL makes of them.

    A restore_command that ends with 1 to 125 says "there is no such file", and recovery may end there and open the
    server; 126 and above stop recovery. An archive_command above 125 makes the archiver process exit, and the failure
    is not counted in ``pg_stat_archiver``. Source: PostgreSQL, ``src/backend/access/transam/xlogarchive.c`` and
    ``src/backend/archive/shell_archive.c``. ``_agent/push.py`` and ``_agent/get.py`` hold the same numbers as plain
    constants, because importing ``enum`` costs each segment milliseconds; a test compares them.
    """

    OK = 0
    FAILED = 1
    MISSING = 1
    USAGE = 2
    INTERRUPTED = 130
    GET_FAILED = 200


__all__ = ("ExitCode",)
