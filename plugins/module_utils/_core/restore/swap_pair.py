# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One directory that a restore replaces by another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# The names of the four places in a journal.
_KEYS = ("live", "new", "old", "undone")
_INODES = ("replaced_inode", "restored_inode")


@dataclass(frozen=True)
class SwapPair:
    """The place ``live`` with the restored directory ``new``; the replaced one goes to ``old``, and when the restore is
    rolled back the restored one goes to ``rolled_back``. All four lie on one file system.

    ``had_live`` is false when nothing lay at ``live`` before the restore. ``replaced_inode`` and ``restored_inode`` are
    those of the two directories before the swap; ``None``: not known, as in the journals of earlier releases.
    """

    live: str
    new: str
    old: str
    rolled_back: str
    had_live: bool = True
    replaced_inode: int | None = field(default=None, compare=False)
    restored_inode: int | None = field(default=None, compare=False)

    @classmethod
    def parse(cls, record: Mapping[str, Any]) -> SwapPair:
        """Read what :meth:`to_dict` made. Raises KeyError, TypeError."""
        live, new, old, rolled_back = (record[key] for key in _KEYS)
        inodes = (record.get(key) for key in _INODES)
        return cls(live, new, old, rolled_back, record["had_live"], *inodes)

    def to_dict(self) -> dict[str, Any]:
        """The pair as plain data."""
        known = {key: getattr(self, key) for key in _INODES if getattr(self, key) is not None}
        return {**dict(zip(_KEYS, self.paths)), "had_live": self.had_live, **known}

    @property
    def paths(self) -> tuple[str, str, str, str]:
        """The four places."""
        return (self.live, self.new, self.old, self.rolled_back)


def sibling_pair(live: str, *, had_live: bool = True) -> SwapPair:
    """The pair whose other directories lie beside ``live``: ``<live>.pitr-new``, ``.pitr-old``, ``.pitr-undone``."""
    return SwapPair(live, f"{live}.pitr-new", f"{live}.pitr-old", f"{live}.pitr-undone", had_live)


def inner_pair(location: str, name: str, *, had_live: bool = True) -> SwapPair:
    """The pair for ``<location>/<name>`` whose other directories lie inside ``location``.

    A tablespace's location may be a mount point, which cannot be renamed; what PostgreSQL uses in it can.
    """
    beside = [f"{location}/.pitr-{word}/{name}" for word in ("new", "old", "undone")]
    return SwapPair(f"{location}/{name}", beside[0], beside[1], beside[2], had_live)


__all__ = ("SwapPair", "inner_pair", "sibling_pair")
