# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One directory that a restore replaces by another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

# The names of the four places in a journal.
_KEYS = ("live", "new", "old", "undone")
_INODES = ("replaced_inode", "restored_inode")
# Whatever begins with "pgsql_tmp" is left out of base backups (``sendDir`` in PostgreSQL's basebackup.c).
_HIDDEN = ("pgsql_tmp.pitr-new", "pgsql_tmp.pitr-old", "pgsql_tmp.pitr-undone")
# What a data directory may have that is no part of its cluster: a restore's own, and the file system's.
LEFT_IN_PLACE = frozenset({*_HIDDEN, "lost+found"})


@dataclass(frozen=True)
class SwapPair:
    """The place ``live`` with the restored directory ``new``; the replaced one goes to ``old``, and when the restore is
    rolled back the restored one goes to ``rolled_back``. All four lie on one file system.

    ``had_live`` is false when nothing lay at ``live`` before the restore. ``replaced_inode`` and ``restored_inode`` are
    those of the two directories before the swap; ``None``: not known, as in the journals of earlier releases.

    A directory that cannot be renamed stays, and what lies in it trades places (``by_entries``): but for the other
    three places, which are in it, and for the names in ``stays``. ``replaced_entries`` are the entries that were there
    when the server was stopped, with their inodes; ``None``: that has not happened yet, and nothing was renamed.
    """

    live: str
    new: str
    old: str
    rolled_back: str
    had_live: bool = True
    replaced_inode: int | None = field(default=None, compare=False)
    restored_inode: int | None = field(default=None, compare=False)
    by_entries: bool = False
    stays: tuple[str, ...] = ()
    replaced_entries: Mapping[str, int] | None = field(default=None, compare=False)

    @classmethod
    def parse(cls, record: Mapping[str, Any]) -> SwapPair:
        """Read what :meth:`to_dict` made. Raises KeyError, TypeError."""
        live, new, old, rolled_back = (record[key] for key in _KEYS)
        replaced, restored = (record.get(key) for key in _INODES)
        pair = cls(live, new, old, rolled_back, record["had_live"], replaced, restored)
        if not record.get("by_entries"):
            return pair
        entries = record["replaced_entries"]
        return replace(
            pair,
            by_entries=True,
            stays=tuple(record["stays"]),
            replaced_entries=None if entries is None else dict(entries),
        )

    def to_dict(self) -> dict[str, Any]:
        """The pair as plain data."""
        known = {key: getattr(self, key) for key in _INODES if getattr(self, key) is not None}
        entries = None if self.replaced_entries is None else dict(self.replaced_entries)
        inside = {"by_entries": True, "stays": list(self.stays), "replaced_entries": entries} if self.by_entries else {}
        return {**dict(zip(_KEYS, self.paths)), "had_live": self.had_live, **known, **inside}

    @property
    def paths(self) -> tuple[str, str, str, str]:
        """The four places."""
        return (self.live, self.new, self.old, self.rolled_back)

    def moves(self, name: str) -> bool:
        """Whether an entry of ``live`` trades places with what was restored."""
        return name not in self.stays and not is_left_in_place(name)


def is_left_in_place(name: str) -> bool:
    """Whether an entry of a data directory is no part of a cluster.

    >>> is_left_in_place("pgsql_tmp.pitr-old"), is_left_in_place("lost+found"), is_left_in_place("base")
    (True, True, False)
    """
    return name in LEFT_IN_PLACE


def sibling_pair(live: str, *, had_live: bool = True) -> SwapPair:
    """The pair whose other directories lie beside ``live``: ``<live>.pitr-new``, ``.pitr-old``, ``.pitr-undone``."""
    return SwapPair(live, f"{live}.pitr-new", f"{live}.pitr-old", f"{live}.pitr-undone", had_live)


def inner_pair(location: str, name: str, *, had_live: bool = True) -> SwapPair:
    """The pair for ``<location>/<name>`` whose other directories lie inside ``location``.

    A tablespace's location may be a mount point, which cannot be renamed; what PostgreSQL uses in it can.
    """
    beside = [f"{location}/.pitr-{word}/{name}" for word in ("new", "old", "undone")]
    return SwapPair(f"{location}/{name}", beside[0], beside[1], beside[2], had_live)


def entry_pair(live: str, *, had_live: bool = True, stays: tuple[str, ...] = ()) -> SwapPair:
    """The pair of a directory that is a mount point, or has one in it: everything happens inside."""
    new, old, rolled_back = (f"{live}/{name}" for name in _HIDDEN)
    return SwapPair(live, new, old, rolled_back, had_live, by_entries=True, stays=stays)


__all__ = ("LEFT_IN_PLACE", "SwapPair", "entry_pair", "inner_pair", "is_left_in_place", "sibling_pair")
