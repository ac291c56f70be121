# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifying with ``pg_waldump`` that every record in a range of segments can be read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..lsn import Lsn

_NO_RECORD = "could not find a valid record after"
_CHECKSUM = "incorrect resource manager data checksum"
_SEGMENT = re.compile(r"segment ([0-9A-F]{24})")
_AT = re.compile(r" at ([0-9A-F]{1,8}/[0-9A-F]{1,8})\b")
# The first two bytes of every page are a magic number of the version. Source: PostgreSQL, ``access/xlog_internal.h``.
_VERSION_BY_MAGIC = {0xD10D: 14, 0xD110: 15, 0xD113: 16, 0xD116: 17, 0xD118: 18}


@dataclass(frozen=True)
class WaldumpFailure:
    """Why the WAL can't be read any further: pg_waldump's message, and the position (``None``: it names none).

    ``no_record``: no record begins in the range, which may be entirely within a large one. ``is_checksum``: a record's
    checksum is wrong, which is seldom what the end of valid WAL looks like.
    """

    message: str
    segment: str | None = None
    lsn: Lsn | None = None
    no_record: bool = False
    is_checksum: bool = False


def wal_version(magic: int) -> int | None:
    """The major version that writes pages with this magic number; ``None`` for an unknown one."""
    return _VERSION_BY_MAGIC.get(magic)


def quiet_argv(program: str, *, directory: str, first_segment: str, last_segment: str) -> tuple[str, ...]:
    """The command that reads every record from the first to the last segment and prints errors only."""
    return (program, "--quiet", f"--path={directory}", first_segment, last_segment)


def parse_waldump_failure(stderr: str) -> WaldumpFailure:
    """The failure in the standard error of pg_waldump.

    >>> parse_waldump_failure("pg_waldump: error: error in WAL record at 0/2016418: bad length at 0/2016440").lsn
    Lsn(value=33645632)
    """
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    message = (lines[-1] if lines else "no message").replace("pg_waldump: ", "").replace("error: ", "", 1)
    named = _SEGMENT.search(message)
    positions = _AT.findall(message)
    return WaldumpFailure(
        message,
        segment=named.group(1) if named else None,
        lsn=Lsn.parse(positions[-1]) if positions else None,
        no_record=_NO_RECORD in message,
        is_checksum=_CHECKSUM in message,
    )


__all__ = ("WaldumpFailure", "parse_waldump_failure", "quiet_argv", "wal_version")
