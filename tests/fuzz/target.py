# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is fuzzed: a reader, the good files that it is given changed, and the errors that it may raise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from mutation import mutated, mutated_json, mutated_tar


def unchanged(content: bytes) -> bytes:
    """For files without a checksum of their own."""
    return content


@dataclass(frozen=True)
class Target:
    """``read`` gets a changed file, and returns or raises one of ``allowed``; anything else is a fault.

    ``seal`` gives most of the changed files the checksum that fits them, so that more than this is tried.
    """

    name: str
    seeds: tuple[bytes, ...]
    read: Callable[[bytes], object]
    allowed: tuple[type[BaseException], ...]
    is_json: bool = False
    is_tar: bool = False
    seal: Callable[[bytes], bytes] = unchanged

    def input(self, random: Random) -> bytes:
        """One changed file."""
        content = random.choice(self.seeds)
        if self.is_json and random.random() < 0.6:
            content = mutated_json(content, random=random)
        elif self.is_tar and random.random() < 0.6:
            content = mutated_tar(content, random=random)
        else:
            content = mutated(content, others=self.seeds, random=random)
        return self.seal(content) if random.random() < 0.8 else content


__all__ = ("Target", "unchanged")
