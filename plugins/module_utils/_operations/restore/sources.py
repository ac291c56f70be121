# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From which of several repositories a planned restore takes what it needs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from ..._core.errors import Unavailable
from ..._core.restore.replay import Replay
from ..._core.wal.interval_set import IntervalSet
from ..._core.wal.segment_range import SegmentRange
from ..._core.wording import count_text
from ..._io.repository.cluster_folder import ClusterFolder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeGuard

    from ..._io.repository.several_folders import SeveralFolders


def source_notes(folder: ClusterFolder, replay: Replay) -> tuple[str, ...]:
    """What does not come from the first repository, and which repositories are left out, in words for the plan."""
    if not is_several(folder):
        return ()
    first = folder.usable[0].name
    backups = [(link.label, folder.source_of(link.label)) for link in replay.chain.links]
    return (
        *(f"the repository '{name}' is left out: {reason}" for name, reason in folder.unusable.items()),
        *folder.remarks,
        *(
            f"the backup {label} comes from the repository '{name}'"
            for label, name in backups
            if name != first and not any(label in remark for remark in folder.remarks)
        ),
        *_wal_notes(folder, replay),
    )


def check_sources(folder: ClusterFolder, replay: Replay, *, archives: bool) -> None:
    """Return when the repositories that are needed are there and have, as far as can be told, WAL of one history.

    A restored server that ``archives`` needs each that is required for its new timeline; any other one a single such,
    which alone tells where the archive ends. PostgreSQL replays WAL of two servers without a word where their records
    lie at the same places. Those that are not needed count, too: what turns out to be damaged comes from them. Raises
    Refused (``repositories-differ``), Unavailable (``repository-required-away``).
    """
    if not is_several(folder):
        return
    from ..._io.repository.common_wal import check_common_wal

    _check_required(folder, archives=archives)
    listings = folder.listings()
    stored = [(each.folder.storage, listings[each.name]) for each in folder.usable]
    for one, other in combinations(stored, 2):
        check_common_wal(one, other, ranges=replay.wal)


def is_several(folder: ClusterFolder) -> TypeGuard[SeveralFolders]:
    """Whether they are folders in several repositories, also where one alone can be used."""
    return folder.is_several


def _check_required(folder: SeveralFolders, *, archives: bool) -> None:
    away = [name for name in folder.unusable if folder.is_required(name)]
    if not away or (not archives and any(each.is_required for each in folder.usable)):
        return
    why = "the restored server has to archive there" if archives else "nothing else tells where the archive ends"
    raise Unavailable(
        f"the repository '{away[0]}' is required and cannot be used ({why}): {folder.unusable[away[0]]}",
        code="repository-required-away",
        hint="Bring it back. If it is lost, take it out of 'pitr_repositories', run the module 'agent' with the shorter"
        " list, and plan again.",
    )


def _wal_notes(folder: SeveralFolders, replay: Replay) -> Iterator[str]:
    """The segments that the first one lacks, by those that have them."""
    size = replay.stop.backup.segment_size
    wanted = {part.timeline: IntervalSet((part.first, part.end)) for part in replay.wal}
    for number, (name, listed) in enumerate(folder.listings().items()):
        taken: list[SegmentRange] = []
        for timeline, needed in wanted.items():
            there = listed.intervals.get(timeline, IntervalSet())
            left = needed.without(there)
            taken += (SegmentRange(timeline, *pair) for pair in needed.without(left))
            wanted[timeline] = left
        if number and taken:
            count = count_text(sum(part.count for part in taken), "segment")
            ranges = ", ".join(part.in_words(size) for part in taken[:3])
            more = ", …" if len(taken) > 3 else ""
            yield f"from the repository '{name}': {count} of WAL ({ranges}{more})"


__all__ = ("check_sources", "source_notes")
