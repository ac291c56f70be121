# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps that a swap and its rollback are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

# No server starts without pg_control in it.
FIRST = "global"


@dataclass(frozen=True)
class Rename:
    """Move a directory, or an entry of one, to a place where nothing is."""

    source: str
    destination: str

    @property
    def paths(self) -> tuple[str, ...]:
        """What changes."""
        return (self.source, self.destination)

    def __str__(self) -> str:
        return f"rename {self.source} -> {self.destination}"


@dataclass(frozen=True)
class MakeDirectory:
    """Make an empty directory."""

    path: str

    @property
    def paths(self) -> tuple[str, ...]:
        """What changes."""
        return (self.path,)

    def __str__(self) -> str:
        return f"make {self.path}"


@dataclass(frozen=True)
class RemoveDirectory:
    """Remove a directory that is empty by now."""

    path: str

    @property
    def paths(self) -> tuple[str, ...]:
        """What changes."""
        return (self.path,)

    def __str__(self) -> str:
        return f"remove {self.path}"


Step = Union[Rename, MakeDirectory, RemoveDirectory]


def needs_sync(step: Step, following: Step | None) -> bool:
    """Whether a step has to be on disk before the following one begins; ``None``: there is no other.

    Entries that go from one directory to another may get there in any order, as a swap is finished and rolled back from
    any state between, but for ``global`` (pg_control), which is to be the first or the last of them.
    """
    if not isinstance(step, Rename) or not isinstance(following, Rename):
        return True
    (source, name), (destination, _name) = (_split(path) for path in step.paths)
    (next_source, next_name), (next_destination, _name) = (_split(path) for path in following.paths)
    return (source, destination) != (next_source, next_destination) or FIRST in (name, next_name)


def _split(path: str) -> tuple[str, str]:
    directory, _slash, name = path.rpartition("/")
    return directory, name


__all__ = ("FIRST", "MakeDirectory", "RemoveDirectory", "Rename", "Step", "needs_sync")
