# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Storing WAL files in several repositories: they are archived once each that is required has them.

Imported only where there are several.
"""

from __future__ import annotations

from ..._core.host.agent_config import is_required, other_repositories
from .storages import configured_storage
from .wal_push import Push, new_push

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..storage.port import Storage
    from ..wal.archived_marks import ArchivedMarks, Claim


class SeveralPush(Push):
    """Files on their way to the first repository, and from there to others, each in its turn.

    What fails in one of them fails as a whole: the next try finds what is there already, and it is the same.
    """

    def __init__(self, first: Push, others: Sequence[Callable[[], Push]]) -> None:
        self._first = first
        self._others = others
        self._made: list[Push] = []

    def store(self, source_path: str, *, before_named: Callable[[], None] | None = None) -> None:
        """Store the file in each; it is on disk for certain in all of them when this returns."""
        self._first.store(source_path, before_named=before_named)
        if not self._made:
            self._made = [make() for make in self._others]
        for other in self._made:
            other.store(source_path, before_named=before_named)

    def settle(self, marks: ArchivedMarks, claim: Claim, *, name: str, identity: str | None) -> None:
        """Write down that the segment is stored, by what the first one has of it."""
        self._first.settle(marks, claim, name=name, identity=identity)


def new_push_to_all(storage: Storage, *, config: dict[str, str]) -> Push:
    """What stores files in ``storage``, the first repository, and in each other that is required.

    Raises what keeps this server from it.
    """
    name = storage.outside()[1]

    def pushing(other: dict[str, str]) -> Callable[[], Push]:
        return lambda: new_push(configured_storage(other, name=name), config=other)

    required = [pushing(other) for other in other_repositories(config) if is_required(other)]
    return SeveralPush(new_push(storage, config=config), required)


__all__ = ("SeveralPush", "new_push_to_all")
