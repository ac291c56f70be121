# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chains: a full backup, and the incremental ones up to a given backup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..errors import Damaged
from .record import FULL, Backup


@dataclass(frozen=True)
class Chain:
    """The links, from the full backup to the backup that the chain restores."""

    links: tuple[Backup, ...]

    @property
    def backup(self) -> Backup:
        """The backup that the chain restores."""
        return self.links[-1]

    @property
    def size_bytes(self) -> int:
        """The size of all links' files when they are extracted."""
        return sum(link.size_bytes for link in self.links)

    @property
    def stored_bytes(self) -> int:
        """The size of all links in the repository."""
        return sum(link.stored_bytes for link in self.links)


def chain_of(backup: Backup, *, backups: Iterable[Backup]) -> Chain:
    """The chain of a backup, from all of its cluster. Raises Damaged (``chain-broken``) if a link is missing."""
    return chain_among({each.label: each for each in backups}, backup=backup)


def chain_among(by_label: Mapping[str, Backup], *, backup: Backup) -> Chain:
    """The same, where all backups are known by label already."""
    links = [backup]
    while links[0].type != FULL:
        parent = by_label.get(links[0].parent or "")
        if parent is None or parent in links:
            raise Damaged(
                f"backup '{links[0].label}' builds on '{links[0].parent}', which is not in the repository",
                code="chain-broken",
                hint="Restore from another backup, and take a full one.",
            )
        links.insert(0, parent)
    return Chain(tuple(links))


__all__ = ("Chain", "chain_among", "chain_of")
