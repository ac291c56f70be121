# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program ``pg_waldump``: its arguments, and its output."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timezone

from .event import ABORT, COMMIT, RESTORE_POINT, WalEvent, WalExtract
from .lsn import Lsn

# Since PostgreSQL 15 --rmgr may be given more than once; before, the last one counts.
_SEVERAL_RMGRS_SINCE = 15
_RECORD = re.compile(
    r"rmgr: (?:Transaction|XLOG) +len .*?, tx: +(\d+), lsn: ([0-9A-F]+/[0-9A-F]+), prev \S+, desc: (.*)"
)
_ENDED = re.compile(
    r"(COMMIT|ABORT|COMMIT_PREPARED|ABORT_PREPARED) (?:(\d+): )?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+) UTC"
)
_NAMED = "RESTORE_POINT "
_END = re.compile(r"error in WAL record at ([0-9A-F]+/[0-9A-F]+): .*? at ([0-9A-F]+/[0-9A-F]+)")
_END_WITHOUT_PLACE = re.compile(r"error in WAL record at ([0-9A-F]+/[0-9A-F]+): ")
# The end of valid WAL, and a range that is entirely within one large record.
_RAN_OUT = re.compile(r"error in WAL record at |could not find a valid record after ")


def waldump_argv(
    program: str, *, version: int, directory: str, first_segment: str, last_segment: str
) -> tuple[tuple[str, ...], ...]:
    """The commands that list transaction ends and restore points of these segments; to be run with ``TZ=UTC``."""
    tail = (f"--path={directory}", first_segment, last_segment)
    if version >= _SEVERAL_RMGRS_SINCE:
        return ((program, "--rmgr=Transaction", "--rmgr=XLOG", *tail),)
    return ((program, "--rmgr=Transaction", *tail), (program, "--rmgr=XLOG", *tail))


def ran_out_of_wal(stderr: str) -> bool:
    """Whether the program failed because the WAL ended, and not for another reason.

    >>> ran_out_of_wal("pg_waldump: error: could not find a valid record after 0/3000000")
    True
    >>> ran_out_of_wal("pg_waldump: error: could not open directory: Permission denied")
    False
    """
    return _RAN_OUT.search(stderr) is not None


def parse_waldump(stdout: str, *, stderr: str = "") -> WalExtract:
    """The events in the output of one command; ``end`` is set if it reached the end of valid WAL."""
    return WalExtract(tuple(_events(stdout.splitlines())), _end(stderr))


def _events(lines: Iterable[str]) -> Iterable[WalEvent]:
    for line in lines:
        match = _RECORD.match(line)
        if match is None:
            continue
        event = _event(int(match.group(1)), Lsn.parse(match.group(2)), match.group(3))
        if event is not None:
            yield event


def _event(xid: int, lsn: Lsn, description: str) -> WalEvent | None:
    if description.startswith(_NAMED):
        return WalEvent(lsn, RESTORE_POINT, name=description[len(_NAMED) :])
    match = _ENDED.match(description)
    if match is None:
        return None
    moment = datetime.strptime(match.group(3), "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=timezone.utc)
    kind = COMMIT if match.group(1).startswith("COMMIT") else ABORT
    # The record of a prepared transaction's end carries no xid of its own but names the prepared one's.
    return WalEvent(lsn, kind, xid=int(match.group(2) or xid), moment=moment)


def _end(stderr: str) -> Lsn | None:
    match = _END.search(stderr)
    if match is not None:
        return Lsn.parse(match.group(2))
    match = _END_WITHOUT_PLACE.search(stderr)
    return Lsn.parse(match.group(1)) if match is not None else None


__all__ = ("parse_waldump", "ran_out_of_wal", "waldump_argv")
