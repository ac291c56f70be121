# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several repositories of one cluster as one storage: what is read comes from the first that has it.

All that changes something is the first one's. Of a backup, only repositories with the very same record count: two
backups of one label would be mixed otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from ..._core.catalogue.record import Backup
from ..._core.errors import Damaged, Missing
from ..._core.repository.layout import BACKUPS, backup_folder, record_key
from ..host.files import SMALL_FILE_BYTES
from ..storage.place import ABSENT
from ..storage.port import Lease, Reading, Storage

_Found = TypeVar("_Found")


class SeveralStorages(Storage):
    """What is stored for one cluster in these storages, in the order in which they are asked."""

    def __init__(self, storages: Sequence[Storage]) -> None:
        self.storages = tuple(storages)
        self._first = self.storages[0]
        # Where a key was found last, for messages; and from where the files of a backup are read.
        self._places: dict[str, Storage] = {}
        self._sources: dict[str, tuple[Storage, ...]] = {}

    def holders(self, label: str) -> tuple[Storage, ...]:
        """Those with the record that the first of them has, in the order in which the backup's files are read there.

        Whoever has all files in the recorded size comes first.
        """
        if label not in self._sources:
            records = [(each, each.read_all(record_key(label))) for each in self.storages]
            recorded = [content for _each, content in records if content is not None]
            same = [each for each, content in records if recorded and content == recorded[0]]
            self._sources[label] = tuple(sorted(same, key=lambda each: not _is_complete(each, label, recorded[0])))
        return self._sources[label]

    def avoid(self, label: str) -> bool:
        """Read the backup from another one from now on, as far as that has its files; ``False``: there is none."""
        first, *others = self.holders(label)
        # What was avoided before comes no more.
        self._sources[label] = tuple(others) or (first,)
        return bool(others)

    def _candidates(self, key: str) -> tuple[Storage, ...]:
        label = _label_of(key)
        if not label or key == record_key(label):
            return self.storages
        return self.holders(label) or self.storages

    def address(self, key: str = "") -> str:
        """Where the key was found, or would be."""
        found = self._places.get(key)
        if found is None:
            label = _label_of(f"{key}/")
            found = (self.holders(label) or self.storages)[0] if label else self._first
        return found.address(key)

    def read(self, key: str, *, offset: int = 0) -> Reading:
        """From the first that has it."""
        *others, last = self._candidates(key)
        for each in others:
            try:
                return self._found(key, each, each.read(key, offset=offset))
            except Missing:
                continue
        return self._found(key, last, last.read(key, offset=offset))

    def read_all(self, key: str, *, limit_bytes: int = SMALL_FILE_BYTES) -> bytes | None:
        """From the first that has it."""
        for each in self._candidates(key):
            content = each.read_all(key, limit_bytes=limit_bytes)
            if content is not None:
                return self._found(key, each, content)
        return None

    def stat(self, key: str) -> tuple[int, float, str] | None:
        """Of the first that has it."""
        for each in self._candidates(key):
            found = each.stat(key)
            if found is not None:
                return self._found(key, each, found)
        return None

    def stat_many(self, keys: Iterable[str]) -> Iterator[tuple[int, float, str] | None]:
        """Of the first that has each; one that is far away is asked for all that those before it lack at once."""
        if all(each.local_directory("") is not None for each in self.storages):
            yield from map(self.stat, keys)
            return
        wanted = tuple(keys)
        found = {key: self.stat(key) for key in wanted if _label_of(key)}
        for each in self.storages:
            left = [key for key in wanted if found.get(key) is None and not _label_of(key)]
            for key, stat in zip(left, each.stat_many(left)):
                found[key] = stat if stat is None else self._found(key, each, stat)
        yield from (found[key] for key in wanted)

    def _found(self, key: str, place: Storage, what: _Found) -> _Found:
        self._places[key] = place
        return what

    def list(self, prefix: str = "", *, delimiter: str = "/", hidden: bool = False) -> Sequence[str]:
        """The names in any of them."""
        found: dict[str, None] = {}
        for each in self.storages:
            found.update(dict.fromkeys(each.list(prefix, delimiter=delimiter, hidden=hidden)))
        return tuple(found)

    def is_held(self, name: str) -> bool:
        """Whether anybody holds it in any of them."""
        return any(each.is_held(name) for each in self.storages)

    def local_directory(self, prefix: str) -> str | None:
        """The first one's, but for what may be read from another."""
        return None if prefix.startswith(BACKUPS) else self._first.local_directory(prefix)

    def put(
        self,
        key: str,
        pieces: Iterable[bytes],
        *,
        replaces: str = ABSENT,
        unless: Iterable[str] = (),
        is_same: Callable[[str], bool] | None = None,
        is_durable: bool = True,
    ) -> str | None:
        """In the first."""
        return self._first.put(key, pieces, replaces=replaces, unless=unless, is_same=is_same, is_durable=is_durable)

    def delete(self, keys: Iterable[str]) -> None:
        """In the first."""
        self._first.delete(keys)

    def delete_below(self, prefix: str) -> bool:
        """In the first."""
        return self._first.delete_below(prefix)

    def lease(self, name: str, *, shared: bool = False, wait_seconds: float = 0, is_stored: bool = False) -> Lease:
        """In the first."""
        return self._first.lease(name, shared=shared, wait_seconds=wait_seconds, is_stored=is_stored)

    def holder(self, name: str) -> str | None:
        """In the first."""
        return self._first.holder(name)

    def room(self) -> int | None:
        """In the first."""
        return self._first.room()

    def adopt(self, prefix: str) -> None:
        """In the first."""
        self._first.adopt(prefix)

    def prepare(self, folders: Iterable[str] = ()) -> None:
        """In the first."""
        self._first.prepare(folders)

    def unfinished(self, prefix: str = "", *, delimiter: str = "/") -> Sequence[str]:
        """In the first."""
        return self._first.unfinished(prefix, delimiter=delimiter)

    def discard(self, keys: Iterable[str]) -> None:
        """In the first."""
        self._first.discard(keys)

    def prune(self, prefix: str) -> None:
        """In the first."""
        self._first.prune(prefix)

    def outside(self) -> tuple[Storage, str]:
        """Around the first."""
        return self._first.outside()


def _label_of(key: str) -> str:
    """The label of the backup that a key belongs to; empty: it belongs to none.

    >>> _label_of("backups/20261129T060000Z/base.tar.zst"), _label_of("backups"), _label_of("wal/x")
    ('20261129T060000Z', '', '')
    """
    parts = key.split("/")
    return parts[1] if len(parts) > 2 and parts[0] == BACKUPS else ""


def _is_complete(storage: Storage, label: str, record: bytes) -> bool:
    try:
        backup = Backup.parse(record.decode("utf-8"))
    except (Damaged, UnicodeError):
        return False
    return sum(_sizes(storage, backup)) == backup.stored_bytes


def _sizes(storage: Storage, backup: Backup) -> Iterator[int]:
    for name in backup.files:
        found = storage.stat(f"{backup_folder(backup.label)}/{name}")
        # One that is missing makes the sum wrong, whatever the others have.
        yield found[0] if found else -backup.stored_bytes - 1


__all__ = ("SeveralStorages",)
