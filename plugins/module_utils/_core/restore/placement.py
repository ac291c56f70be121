# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a restored cluster is put: its directories, and what trades places with what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..catalogue.record import Backup
from .request import RestoreFacts, RestoreRequest
from .swap.swap_pair import SwapPair, entry_pair, inner_pair, sibling_pair


@dataclass(frozen=True)
class Placement:
    """Everything about a restore that depends on the directory that it goes to.

    ``directory`` is where the restored server will live; ``pairs`` are the directories that trade places in the end
    (side by side: none). The backup is extracted into ``base``; ``spaces`` maps tablespace oids to the directories that
    their contents are extracted into, ``links`` to what their links say in the end. ``wal_link`` is where ``pg_wal``
    links to, if it is a link, ``wal_mount`` is ``pg_wal`` itself, where another file system is mounted there.
    ``is_lost`` says that there is no data to replace.
    """

    directory: str
    port: int
    base: str
    spaces: Mapping[int, str]
    links: Mapping[int, str]
    wal_link: str | None = None
    wal_mount: str | None = None
    pairs: tuple[SwapPair, ...] = ()
    empty_directories: tuple[str, ...] = ()
    is_lost: bool = False

    @property
    def written_directories(self) -> tuple[str, ...]:
        """The directories that take the backup's bytes."""
        return (self.base, *self.spaces.values())

    @property
    def kept_directory(self) -> str | None:
        """Where the replaced data directory is kept; ``None`` when nothing is replaced."""
        return self.pairs[-1].old if self.pairs and not self.is_lost else None

    @property
    def wal_outside(self) -> str | None:
        """Where the WAL lies that does not trade places with the data directory; ``None`` where it does."""
        return self.wal_link or self.wal_mount

    @property
    def by_entries(self) -> tuple[str, ...]:
        """The directories that stay, and whose entries trade places."""
        return tuple(pair.live for pair in self.pairs if pair.by_entries)

    @property
    def running_directory(self) -> str:
        """The directory, there before the swap, that the restored server will run on."""
        return self.directory if self.directory in self.by_entries else self.base

    @property
    def wal_directories(self) -> tuple[str, ...]:
        """The directory made for the restored server's WAL; none where it lies in its data directory."""
        return tuple(pair.new for pair in self.pairs if self.wal_outside is not None and pair.live == self.wal_outside)

    @property
    def wal_directory(self) -> str:
        """Where the restored server's WAL lies before the swap."""
        return next(iter(self.wal_directories), f"{self.base}/pg_wal")


def place(request: RestoreRequest, facts: RestoreFacts, *, backup: Backup) -> Placement:
    """Where a restore from this backup goes."""
    if request.directory is None:
        return _in_place(facts, backup)
    directory = request.directory
    links = {oid: f"{directory}.tablespaces/{oid}" for oid in backup.tablespaces}
    return Placement(
        directory=directory,
        port=request.port or facts.cluster.port,
        base=directory,
        spaces=links,
        links=links,
        is_lost=facts.cluster.is_lost,
    )


def _in_place(facts: RestoreFacts, backup: Backup) -> Placement:
    """Everything beside what it replaces, on the same file systems."""
    directory = facts.cluster.data_directory
    wal_mount = f"{directory}/pg_wal" if f"{directory}/pg_wal" in facts.mounted else None
    wal = wal_mount or facts.wal_directory
    base = _base_pair(facts, stays=("pg_wal",) if wal_mount else ())
    # One directory per catalogue version lies in a tablespace's location.
    version_directory = version_directory_name(facts)
    spaces, empty = [], []
    for location in sorted({*backup.tablespaces.values(), *facts.tablespaces.values()}):
        pair = inner_pair(location, version_directory, had_live=location in facts.tablespaces.values())
        spaces.append(pair)
        if location not in backup.tablespaces.values():
            # It was created after the backup: replaying its creation must not meet the files it has now.
            empty.append(pair.new)
    return Placement(
        directory=directory,
        port=facts.cluster.port,
        base=base.new,
        spaces={oid: f"{location}/.pitr-new" for oid, location in backup.tablespaces.items()},
        links=dict(backup.tablespaces),
        wal_link=None if wal_mount else wal,
        wal_mount=wal_mount,
        # The data directory goes last: while it is away, everything else is already settled.
        pairs=(*spaces, *_wal_pairs(wal, facts), base),
        empty_directories=tuple(empty),
        is_lost=facts.cluster.is_lost,
    )


def _base_pair(facts: RestoreFacts, *, stays: tuple[str, ...]) -> SwapPair:
    directory = facts.cluster.data_directory
    if directory in facts.mounted or stays:
        return entry_pair(directory, had_live=not facts.cluster.is_lost, stays=stays)
    return sibling_pair(directory, had_live=directory not in facts.missing)


def _wal_pairs(wal: str | None, facts: RestoreFacts) -> tuple[SwapPair, ...]:
    if wal is None:
        return ()
    return (entry_pair(wal) if wal in facts.mounted else sibling_pair(wal, had_live=wal not in facts.missing),)


def version_directory_name(facts: RestoreFacts) -> str:
    """The directory of the cluster's version inside a tablespace (``PG_15_202209061``)."""
    return f"PG_{facts.cluster.version}_{facts.catalogue_version}"


__all__ = ("Placement", "place", "version_directory_name")
