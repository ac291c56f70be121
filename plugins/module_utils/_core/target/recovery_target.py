# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recovery target: where a recovery is to stop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from ..errors import InvalidInput
from ..wal.lsn import Lsn
from .parsing import read_moment, read_name, read_text, read_xid

TIME = "time"
LSN = "lsn"
XID = "xid"
NAME = "name"
IMMEDIATE = "immediate"
LATEST = "latest"
KINDS = (TIME, LSN, XID, NAME, IMMEDIATE, LATEST)
_WITH_VALUE = (TIME, LSN, XID, NAME)

PROMOTE = "promote"
PAUSE = "pause"
SHUTDOWN = "shutdown"
ACTIONS = (PROMOTE, PAUSE, SHUTDOWN)


@dataclass(frozen=True)
class RecoveryTarget:
    """One target: its ``kind``, the ``text`` as it was given, and the value that text means.

    ``inclusive`` is about the record at the target itself; it has no meaning for name, immediate and latest.
    """

    kind: str
    text: str
    inclusive: bool = True
    moment: datetime | None = None
    lsn: Lsn | None = None
    xid: int | None = None

    @classmethod
    def parse(cls, kind: str, value: object, *, inclusive: bool = True) -> RecoveryTarget:
        """The target of this kind. Raises InvalidInput (``target-type``, ``target-no-offset``, ``target-invalid``)."""
        if kind == TIME:
            return cls(kind, read_text(kind, value), inclusive, moment=read_moment(value))
        if kind == XID:
            xid = read_xid(value)
            return cls(kind, str(xid), inclusive, xid=xid)
        if kind == NAME:
            return cls(kind, read_name(value))
        if kind == LSN:
            return cls(kind, read_text(kind, value), inclusive, lsn=_read_lsn(read_text(kind, value)))
        return cls(kind, kind)

    @classmethod
    def choose(cls, given: Mapping[str, object], *, inclusive: bool = True) -> RecoveryTarget:
        """The one target among values by kind, of which ``None``, '' and false are unset.

        Raises InvalidInput (``target-count``) for none and for several, and what :meth:`parse` raises.
        """
        kinds = [kind for kind in KINDS if _is_given(kind, given.get(kind))]
        if len(kinds) != 1:
            raise _wrong_count(kinds)
        return cls.parse(kinds[0], given[kinds[0]], inclusive=inclusive)

    def __str__(self) -> str:
        """The text that a confirmation names: the target as given, ``immediate`` and ``latest`` by those words."""
        return self.text

    @property
    def phrase(self) -> str:
        """The target in a sentence: "time 2026-…, inclusive"."""
        if self.kind in (IMMEDIATE, LATEST):
            return {IMMEDIATE: "the end of the backup (immediate)", LATEST: "the end of the WAL (latest)"}[self.kind]
        edge = "" if self.kind == NAME else ", inclusive" if self.inclusive else ", exclusive"
        return f"{self.kind} {self.text}{edge}"

    @property
    def meaning(self) -> RecoveryTarget:
        """The target without the words it was given in: a moment is the same in every time zone."""
        return self if self.moment is None else replace(self, text="", moment=self.moment.astimezone(timezone.utc))

    def settings(self) -> dict[str, str]:
        """The ``recovery_target*`` settings that say this to PostgreSQL; none for latest.

        Times are written in UTC with a numeric offset, so neither the server's time zone nor its abbreviations count.
        """
        if self.kind == LATEST:
            return {}
        if self.kind == IMMEDIATE:
            return {"recovery_target": "immediate"}
        value = self.text
        if self.moment is not None:
            value = self.moment.strftime("%Y-%m-%d %H:%M:%S.%f+00")
        chosen = {f"recovery_target_{self.kind}": str(self.lsn) if self.lsn is not None else value}
        if self.kind != NAME:
            chosen["recovery_target_inclusive"] = "on" if self.inclusive else "off"
        return chosen


def _is_given(kind: str, value: object) -> bool:
    if kind not in _WITH_VALUE:
        return value is True
    return value is not None and value != ""


def _read_lsn(text: str) -> Lsn:
    try:
        return Lsn.parse(text)
    except InvalidInput as error:
        raise InvalidInput(f"target_lsn {error.message}", code="target-invalid", hint=error.hint) from error


def _wrong_count(given: list[str]) -> InvalidInput:
    names = ", ".join(f"target_{kind}" for kind in given)
    return InvalidInput(
        f"{len(given)} recovery targets are set ({names})" if given else "no recovery target is set",
        code="target-count",
        hint="Set exactly one of pitr_restore_target_time, _lsn, _xid, _name, _immediate and _latest.",
    )


__all__ = (
    "ACTIONS",
    "IMMEDIATE",
    "KINDS",
    "LATEST",
    "LSN",
    "NAME",
    "PAUSE",
    "PROMOTE",
    "SHUTDOWN",
    "TIME",
    "XID",
    "RecoveryTarget",
)
