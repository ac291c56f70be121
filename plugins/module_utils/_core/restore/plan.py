# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a restore: everything it would do, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..catalogue.chain import Chain, chain_of
from ..target.search import StopPoint
from ..wal.event import WalEvent
from .request import RestoreFacts, RestoreRequest
from .swap_pair import SwapPair, inner_pair, sibling_pair


@dataclass(frozen=True)
class Loss:
    """What an in-place restore takes away: ``commits`` after the stop (at least so many unless ``complete``)."""

    commits: int = 0
    complete: bool = True
    last: WalEvent | None = None


@dataclass(frozen=True)
class DiskNeed:
    """Bytes that are written to one file system, and what is free there."""

    directory: str
    needed_bytes: int
    free_bytes: int


@dataclass(frozen=True)
class RestorePlan:
    """The decision.

    ``chain`` are the backups to unpack, the full one first and the place's own last. ``directory`` is where the
    restored server will live; ``pairs`` are the directories that trade places in the end (side by side: none);
    ``unpack_into`` maps tablespace oids to the directories that their contents are unpacked into, ``links`` to what
    their links say in the end. ``from_live`` are the segments that are only in the cluster's pg_wal. ``is_lost`` says
    that there is no data to replace.
    """

    request: RestoreRequest
    place: StopPoint
    chain: Chain
    current_timeline: int
    first_segment: str
    last_segment: str
    segment_count: int
    from_live: tuple[str, ...]
    directory: str
    port: int
    unpack_base: str
    unpack_into: Mapping[int, str]
    links: Mapping[int, str]
    wal_link: str | None
    pairs: tuple[SwapPair, ...]
    empty_directories: tuple[str, ...]
    disks: tuple[DiskNeed, ...]
    loss: Loss
    hot_standby: bool
    notes: tuple[str, ...]
    is_lost: bool = False


def build_plan(
    request: RestoreRequest, facts: RestoreFacts, *, place: StopPoint, loss: Loss, notes: tuple[str, ...]
) -> RestorePlan:
    """The plan for a target whose place is known. It refuses nothing: see ``restore_checks``.

    Raises Damaged (``chain-broken``) when a link of the backup's chain is not there.
    """
    chain = chain_of(place.backup, backups=facts.backups)
    needed = _needed_segments(facts, place)
    layout = _in_place(facts, place) if request.directory is None else _side_by_side(request.directory, place)
    return RestorePlan(
        request=request,
        place=place,
        chain=chain,
        current_timeline=facts.current_timeline,
        first_segment=needed[0],
        last_segment=needed[-1],
        segment_count=len(needed),
        from_live=tuple(name for name in needed if name in facts.live_only),
        directory=request.directory or facts.cluster.data_directory,
        port=request.port if request.directory is not None and request.port else facts.cluster.port,
        unpack_base=layout.base,
        unpack_into=layout.unpack_into,
        links=layout.links,
        wal_link=layout.wal_link,
        pairs=layout.pairs,
        empty_directories=layout.empty,
        disks=_disks(facts, chain, layout),
        loss=loss,
        hot_standby=facts.hot_standby,
        notes=notes,
        is_lost=facts.cluster.is_lost,
    )


@dataclass(frozen=True)
class _Layout:
    base: str
    unpack_into: Mapping[int, str]
    links: Mapping[int, str]
    wal_link: str | None
    pairs: tuple[SwapPair, ...]
    empty: tuple[str, ...]


def _needed_segments(facts: RestoreFacts, place: StopPoint) -> tuple[str, ...]:
    history = facts.wal.history(place.timeline)
    first, last = place.backup.first_segment.number, max(place.segment_number, place.backup.last_segment.number)
    return tuple(str(history.segment_at(number, size=facts.wal.size)) for number in range(first, last + 1))


def _in_place(facts: RestoreFacts, place: StopPoint) -> _Layout:
    """Everything beside what it replaces, on the same file systems."""
    directory = facts.cluster.data_directory
    base = sibling_pair(directory, had_live=directory not in facts.missing)
    # One directory per catalogue version lies in a tablespace's location.
    version_directory = version_directory_name(facts)
    spaces, empty = [], []
    for location in sorted({*place.backup.tablespaces.values(), *facts.tablespaces.values()}):
        pair = inner_pair(location, version_directory, had_live=location in facts.tablespaces.values())
        spaces.append(pair)
        if location not in place.backup.tablespaces.values():
            # It was created after the backup: replaying its creation must not meet the files it has now.
            empty.append(pair.new)
    wal = facts.wal_directory
    wal_pairs = (sibling_pair(wal, had_live=wal not in facts.missing),) if wal else ()
    return _Layout(
        base=base.new,
        unpack_into={oid: f"{location}/.pitr-new" for oid, location in place.backup.tablespaces.items()},
        links=dict(place.backup.tablespaces),
        wal_link=facts.wal_directory,
        # The data directory goes last: while it is away, everything else is already settled.
        pairs=(*spaces, *wal_pairs, base),
        empty=tuple(empty),
    )


def _side_by_side(directory: str, place: StopPoint) -> _Layout:
    links = {oid: f"{directory}.tablespaces/{oid}" for oid in place.backup.tablespaces}
    return _Layout(base=directory, unpack_into=links, links=links, wal_link=None, pairs=(), empty=())


def version_directory_name(facts: RestoreFacts) -> str:
    """The directory of the cluster's version inside a tablespace (``PG_15_202209061``)."""
    return f"PG_{facts.cluster.version}_{facts.catalogue_version}"


def _disks(facts: RestoreFacts, chain: Chain, layout: _Layout) -> tuple[DiskNeed, ...]:
    """What each file system has to take, and room for the WAL: what is carried over, and what recovery works with.

    Each link is written over the one before, so that a chain takes at most the bytes of its links once.
    """
    by_device: dict[int, DiskNeed] = {}
    in_tablespaces = sum(facts.tablespace_bytes.get(oid, 0) for oid in layout.unpack_into)
    wal_bytes = (2 + len(facts.live_only)) * facts.wal.size.size_bytes
    wanted = [(layout.base, chain.size_bytes - in_tablespaces + wal_bytes)]
    wanted += [(path, facts.tablespace_bytes.get(oid, 0)) for oid, path in layout.unpack_into.items()]
    for path, needed in wanted:
        room = facts.rooms.get(path)
        if room is not None:
            before = by_device.get(room.device)
            sum_bytes = needed + (before.needed_bytes if before else 0)
            by_device[room.device] = DiskNeed(
                before.directory if before else room.directory, sum_bytes, room.free_bytes
            )
    return tuple(by_device.values())


__all__ = ("DiskNeed", "Loss", "RestorePlan", "build_plan", "version_directory_name")
