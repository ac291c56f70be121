# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who holds a lease of an object storage, as a log of states of which each is written once.

The states of one lease are numbered, and each is the whole truth until the next number exists. Whoever changes
anything, by taking, renewing, noting or releasing, stores the next number under the condition that it is not there: of
two that try at once, one wins, and the other looks again. So nobody can renew what has been taken from him.
Times are the store's own, from its answers: no clock of a database host decides who is dead.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from ..errors import Damaged
from ..json_fields import load_json, mapping_of, number_of, text_of

_WIDTH = 20
_LIST = "holders"


@dataclass(frozen=True)
class Holder:
    """Who holds it: an identifier of his own, whether he shares it, his note, and when he renewed it (Unix time)."""

    identifier: str
    is_shared: bool
    renewed_at: int
    note: str = ""


@dataclass(frozen=True)
class LeaseState:
    """All holders, those that are dead included, until somebody takes the lease."""

    holders: tuple[Holder, ...] = ()

    def living(self, *, now: int, seconds: int) -> tuple[Holder, ...]:
        """Those who have renewed it within so many seconds."""
        return tuple(each for each in self.holders if now - each.renewed_at <= seconds)

    def holds(self, identifier: str) -> bool:
        """Whether this one is among the holders: nobody has taken it over, however long he was silent."""
        return any(each.identifier == identifier for each in self.holders)

    def taken(self, holder: Holder, *, now: int, seconds: int) -> LeaseState | None:
        """The state with this holder, without the dead; ``None``: somebody living stands against it."""
        living = self.living(now=now, seconds=seconds)
        if living and not (holder.is_shared and all(each.is_shared for each in living)):
            return None
        return LeaseState((*living, holder))

    def renewed(self, identifier: str, *, now: int, note: str | None = None) -> LeaseState:
        """The state in which this holder has renewed it, and noted something where that is given."""
        return LeaseState(
            tuple(
                replace(each, renewed_at=now, note=each.note if note is None else note)
                if each.identifier == identifier
                else each
                for each in self.holders
            )
        )

    def released(self, identifier: str) -> LeaseState:
        """The state without this holder."""
        return LeaseState(tuple(each for each in self.holders if each.identifier != identifier))

    @classmethod
    def parse(cls, text: str) -> LeaseState:
        """Read what ``str`` writes. Raises Damaged (``lease-damaged``)."""
        try:
            content = mapping_of(load_json(text), "the lease")
            return cls(tuple(_holder(each) for each in content[_LIST]))
        except (ValueError, KeyError, TypeError) as error:
            raise Damaged(
                f"a lease of the repository cannot be read: {error}",
                code="lease-damaged",
                hint="Find out who wrote it. While nobody works with the repository, the objects below '.lease-' can"
                " be removed.",
            ) from error

    def __str__(self) -> str:
        return json.dumps({_LIST: [asdict(each) for each in self.holders]})


def _holder(content: object) -> Holder:
    fields = mapping_of(content, "a holder")
    return Holder(
        text_of(fields["identifier"], "identifier"),
        fields["is_shared"] is True,
        number_of(fields["renewed_at"], "renewed_at"),
        text_of(fields["note"], "note"),
    )


def lease_folder(name: str) -> str:
    """The prefix of the states of a lease, beside what the lease is on.

    >>> lease_folder("backups/.lock"), lease_folder(".gate")
    ('backups/.lease-.lock', '.lease-.gate')
    """
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}.lease-{last}"


def state_name(number: int) -> str:
    """The name of the state of this number: names sort as numbers do."""
    return f"{number:0{_WIDTH}}"


def state_number(name: str) -> int:
    """The number of a state by its name; -1: it is none.

    >>> state_number(state_number.__name__), state_number(state_name(17))
    (-1, 17)
    """
    return int(name) if len(name) == _WIDTH and name.isascii() and name.isdigit() else -1


__all__ = ("Holder", "LeaseState", "lease_folder", "state_name", "state_number")
