# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chains of all backups of a cluster at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .record import FULL, Backup


@dataclass(frozen=True)
class ChainSummary:
    """The chain of one backup: its full backup, the count of links, and their size in the repository."""

    full: str
    link_count: int
    stored_bytes: int


def summarize_chains(backups: Iterable[Backup], *, unusable: Iterable[str] = ()) -> dict[str, ChainSummary]:
    """The chain of each backup by its label; backups with a missing or ``unusable`` link are left out.

    Takes time proportional to the number of backups, however long the chains are.
    """
    by_label = {backup.label: backup for backup in backups}
    for label in unusable:
        by_label.pop(label, None)
    known: dict[str, ChainSummary] = {}
    broken: set[str] = set()
    for label in by_label:
        path = _unknown_links(label, by_label=by_label, known=known, broken=broken)
        before = known.get(by_label[path[-1]].parent or "") if path and by_label[path[-1]].type != FULL else None
        for link in reversed(path):
            backup = by_label[link]
            if backup.type == FULL:
                before = ChainSummary(link, 1, backup.stored_bytes)
            elif before is not None:
                before = ChainSummary(before.full, before.link_count + 1, before.stored_bytes + backup.stored_bytes)
            if before is None:
                broken.add(link)
            else:
                known[link] = before
    return known


def _unknown_links(
    label: str, *, by_label: Mapping[str, Backup], known: Mapping[str, ChainSummary], broken: set[str]
) -> list[str]:
    """The links from this backup to its full one, up to the first whose chain is already known."""
    path: list[str] = []
    seen: set[str] = set()
    while label in by_label and label not in known and label not in broken and label not in seen:
        path.append(label)
        seen.add(label)
        if by_label[label].type == FULL:
            break
        label = by_label[label].parent or ""
    return path


__all__ = ("ChainSummary", "summarize_chains")
