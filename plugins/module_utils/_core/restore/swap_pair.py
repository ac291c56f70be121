# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One directory that a restore replaces by another."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SwapPair:
    """The place ``live`` with the restored directory ``new``; the replaced one goes to ``old``, and when the restore is
    undone the restored one goes to ``undone``. All four lie on one file system.

    ``had_live`` is false when nothing lay at ``live`` before the restore.
    """

    live: str
    new: str
    old: str
    undone: str
    had_live: bool = True

    @property
    def paths(self) -> tuple[str, str, str, str]:
        """The four places."""
        return (self.live, self.new, self.old, self.undone)


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
