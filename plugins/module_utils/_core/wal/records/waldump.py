# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program ``pg_waldump``: its arguments, and its output."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Union

from ..event import (
    ABORT,
    COMMIT,
    RESTORE_POINT,
    ParameterChange,
    TablespaceCreation,
    TimelineBeginning,
    WalEvent,
    WalExtract,
)
from ..lsn import Lsn

# Since PostgreSQL 15 --rmgr may be given more than once; before, the last one counts.
_SEVERAL_RMGRS_SINCE = 15
# The resource managers of what :func:`parse_waldump` reads.
EVENT_RMGRS = ("Transaction", "XLOG", "Tablespace")
_LSN = "[0-9A-F]{1,8}/[0-9A-F]{1,8}"
_RECORD = re.compile(
    rf"rmgr: (Transaction|XLOG|Tablespace|Standby) +len .*?, tx: +([0-9]{{1,20}}), lsn: ({_LSN}), prev \S+, desc: (.*)"
)
_TIME = r"([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{1,6}) UTC"
_ENDED = re.compile(r"(COMMIT|ABORT|COMMIT_PREPARED|ABORT_PREPARED) (?:([0-9]{1,20}): )?" + _TIME)
_SUBTRANSACTIONS = re.compile(r"; subxacts:((?: [0-9]{1,20})+)")
_NAMED = "RESTORE_POINT "
_CHANGED = "PARAMETER_CHANGE "
_ASSIGNED = re.compile(r"([a-z_]+)=([a-z]+|[0-9]{1,20})(?= |$)")
# The names in the description, and those of the settings. Source: PostgreSQL, ``access/rmgrdesc/xlogdesc.c``.
_SETTINGS = {
    "max_connections": "max_connections",
    "max_worker_processes": "max_worker_processes",
    "max_wal_senders": "max_wal_senders",
    "max_prepared_xacts": "max_prepared_transactions",
    "max_locks_per_xact": "max_locks_per_transaction",
}
_BEGAN = re.compile(r"END_OF_RECOVERY tli ([0-9]{1,10}); prev tli [0-9]{1,10}; time " + _TIME)
_CREATED = re.compile(r'CREATE ([0-9]{1,10}) "(.*)"')
_POSITION = re.compile(rf"lsn: ({_LSN}),")
_END = re.compile(rf"error in WAL record at ({_LSN}): .*? at ({_LSN})")
_END_WITHOUT_PLACE = re.compile(rf"error in WAL record at ({_LSN}): ")
# The end of valid WAL, and a range that is entirely within one large record.
_RAN_OUT = re.compile(r"error in WAL record at |could not find a valid record after ")


_Found = Union[WalEvent, ParameterChange, TablespaceCreation, TimelineBeginning]


def waldump_argv(
    program: str,
    *,
    version: int,
    directory: str,
    first_segment: str,
    last_segment: str,
    rmgrs: Sequence[str] = EVENT_RMGRS,
) -> tuple[tuple[str, ...], ...]:
    """The commands that list the records of these resource managers; to be run with ``TZ=UTC``."""
    tail = (f"--path={directory}", first_segment, last_segment)
    chosen = [f"--rmgr={name}" for name in rmgrs]
    if version >= _SEVERAL_RMGRS_SINCE:
        return ((program, *chosen, *tail),)
    return tuple((program, each, *tail) for each in chosen)


def first_record_argv(program: str, *, directory: str, timeline: int, start: Lsn, end: Lsn) -> tuple[str, ...]:
    """The command that shows the first record that begins at or after a position and is whole before another."""
    return (program, f"--path={directory}", f"--timeline={timeline}", f"--start={start}", f"--end={end}", "--limit=1")


def ran_out_of_wal(stderr: str) -> bool:
    """Whether the program failed because the WAL ended, and not for another reason.

    >>> ran_out_of_wal("pg_waldump: error: could not find a valid record after 0/3000000")
    True
    >>> ran_out_of_wal("pg_waldump: error: could not open directory: Permission denied")
    False
    """
    return _RAN_OUT.search(stderr) is not None


def parse_waldump(stdout: str, *, stderr: str = "") -> WalExtract:
    """What the output of one command says; ``end`` is set if it reached the end of valid WAL."""
    found: list[_Found] = [each for record in records_of(stdout) for each in _read(*record)]
    return WalExtract(
        events=tuple(each for each in found if isinstance(each, WalEvent)),
        end=end_of_wal(stderr),
        parameter_changes=tuple(each for each in found if isinstance(each, ParameterChange)),
        tablespaces=tuple(each for each in found if isinstance(each, TablespaceCreation)),
        beginnings=tuple(each for each in found if isinstance(each, TimelineBeginning)),
    )


def parse_first_record(stdout: str) -> Lsn | None:
    """Where the record begins that :func:`first_record_argv` shows; ``None``: it shows none."""
    match = _POSITION.search(stdout)
    return Lsn.parse(match.group(1)) if match is not None else None


def records_of(stdout: str) -> Iterator[tuple[str, int, Lsn, str]]:
    """Each record: its resource manager, its transaction, where it begins, and what is said of it."""
    for line in stdout.splitlines():
        match = _RECORD.match(line)
        if match is not None:
            yield match.group(1), int(match.group(2)), Lsn.parse(match.group(3)), match.group(4)


def end_of_wal(stderr: str) -> Lsn | None:
    """Where valid WAL ends, if the command met that."""
    match = _END.search(stderr)
    if match is not None:
        return Lsn.parse(match.group(2))
    match = _END_WITHOUT_PLACE.search(stderr)
    return Lsn.parse(match.group(1)) if match is not None else None


def _read(manager: str, xid: int, lsn: Lsn, description: str) -> Iterable[_Found]:
    """What a record says, if that is anything that is wanted."""
    read = _READERS.get(manager)
    found = read(lsn, xid, description) if read is not None else None
    if found is not None:
        yield found


def _end_of_transaction(lsn: Lsn, xid: int, description: str) -> WalEvent | None:
    match = _ENDED.match(description)
    if match is None:
        return None
    kind = COMMIT if match.group(1).startswith("COMMIT") else ABORT
    moment = _moment(match.group(3))
    if moment is None:
        return None
    nested = _SUBTRANSACTIONS.search(description)
    # The record of a prepared transaction's end carries no xid of its own but names the prepared one's.
    return WalEvent(
        lsn,
        kind,
        xid=int(match.group(2) or xid),
        moment=moment,
        subtransactions=tuple(int(each) for each in nested.group(1).split()) if nested else (),
    )


def _of_server(lsn: Lsn, _xid: int, description: str) -> WalEvent | ParameterChange | TimelineBeginning | None:
    if description.startswith(_NAMED):
        return WalEvent(lsn, RESTORE_POINT, name=description[len(_NAMED) :])
    if description.startswith(_CHANGED):
        values = dict(_ASSIGNED.findall(description))
        settings = {name: int(values[short]) for short, name in _SETTINGS.items() if values.get(short, "").isdecimal()}
        return ParameterChange(lsn, values.get("wal_level", ""), settings)
    match = _BEGAN.match(description)
    moment = _moment(match.group(2)) if match is not None else None
    return TimelineBeginning(lsn, int(match.group(1)), moment) if match is not None and moment is not None else None


def _of_tablespace(lsn: Lsn, _xid: int, description: str) -> TablespaceCreation | None:
    match = _CREATED.match(description)
    return TablespaceCreation(lsn, int(match.group(1)), match.group(2)) if match is not None else None


def _moment(text: str) -> datetime | None:
    """``None`` for what is no date, which only damage can be."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=timezone.utc)
    except ValueError:
        return None


_READERS: Mapping[str, Callable[[Lsn, int, str], _Found | None]] = {
    "Transaction": _end_of_transaction,
    "XLOG": _of_server,
    "Tablespace": _of_tablespace,
}

__all__ = (
    "EVENT_RMGRS",
    "end_of_wal",
    "first_record_argv",
    "parse_first_record",
    "parse_waldump",
    "ran_out_of_wal",
    "records_of",
    "waldump_argv",
)
