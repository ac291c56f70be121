# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The standbys that have WAL which their primary is about to give up, and the slots that it loses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..wal.lsn import Lsn


@dataclass(frozen=True)
class Standby:
    """One that streams, by the name and address that its primary knows, or a slot that none uses (no ``address``).

    ``lsn`` is how far its WAL reaches.
    """

    name: str
    address: str | None
    lsn: Lsn

    def __str__(self) -> str:
        return f"slot '{self.name}'" if self.address is None else f"'{self.name}' at {self.address}"


def standbys_to_rewind(standbys: Iterable[Standby], *, fork: Lsn) -> tuple[str, ...]:
    """The sentence about those that are ahead of the position where the timelines part; none if there are none.

    >>> ahead = Standby("dr", "10.0.0.2", Lsn.parse("0/5000000"))
    >>> standbys_to_rewind([ahead, Standby("spare", None, Lsn.parse("0/3000000"))], fork=Lsn.parse("0/4000000"))
    ("to be rewound with pg_rewind, or made again: 'dr' at 10.0.0.2",)
    """
    names = [str(standby) for standby in standbys if standby.lsn > fork]
    return (f"to be rewound with pg_rewind, or made again: {', '.join(names)}",) if names else ()


def slots_to_make(names: Iterable[str]) -> tuple[str, ...]:
    """The sentence about the replication slots of a cluster that is replaced; none without any.

    >>> slots_to_make(["dr", "orders"])
    ("replication slots are in no backup, and are to be made again: 'dr', 'orders'",)
    """
    shown = ", ".join(f"'{name}'" for name in names)
    return (f"replication slots are in no backup, and are to be made again: {shown}",) if shown else ()


__all__ = ("Standby", "slots_to_make", "standbys_to_rewind")
