# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A storage for those who may add and read, and neither remove nor replace: the database hosts of a repository.

Whoever takes such a host over can fill the cluster's folder. What was stored before stays as it was.
"""

from __future__ import annotations

from dataclasses import replace

from ..._core.catalogue.pin import parse_pins
from ..._core.catalogue.record import is_backup_label
from ..._core.errors import AlreadyStored, Damaged, Missing, Refused
from ..._core.repository.appendable import is_appendable
from ..._core.repository.identity import RepositoryIdentity
from ..._core.repository.layout import (
    BACKUPS,
    BACKUPS_LOCK,
    CLUSTER_FILE,
    CLUSTER_LOCK,
    HOLDS_LOCK,
    PIN_NAME,
    RECORD_NAME,
    RUNNING_FILE,
    WAL,
    backup_folder,
    is_beside,
    logical_name,
    record_key,
    told_of,
    wal_keys,
)
from ..._core.wal.file_name import wal_file_kind
from ..host.files import SMALL_FILE_BYTES, read_limited
from ..storage.place import ABSENT, ANY
from ..storage.port import Lease, Reading, Storage
from .own_file import read_own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_LEASES = (CLUSTER_LOCK, BACKUPS_LOCK, HOLDS_LOCK)


class AppendOnly(Storage):
    """The storage of one cluster, as its database hosts have it.

    Each refusal is Refused (``not-permitted``).
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def address(self, key: str = "") -> str:
        """As the storage has it."""
        return self._storage.address(key)

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
        """Store what is not there yet."""
        if key == RUNNING_FILE:
            return self._storage.put(key, [self._small(pieces, key)], replaces=ANY, is_durable=False)
        if not is_appendable(key) or self._is_complete(key):
            raise self._not_permitted("store", key)
        if replaces == ABSENT:
            others = (*unless, *_names_of(key))
            return self._storage.put(key, pieces, unless=others, is_same=is_same, is_durable=is_durable)
        if replaces != ANY:
            raise self._not_permitted("replace", key)
        return self._put_any(key, self._small(pieces, key))

    def _is_complete(self, key: str) -> bool:
        """Whether it is a file of a backup that is recorded, and would say something else of it afterwards."""
        folder, _slash, name = key.rpartition("/")
        if not folder.startswith(BACKUPS + "/") or name in (RECORD_NAME, PIN_NAME):
            return False
        return self._storage.stat(folder + "/" + RECORD_NAME) is not None

    def _put_any(self, key: str, content: bytes) -> str | None:
        """Store a small file; what is there is replaced only where nothing is lost by that."""
        if key.rpartition("/")[2] == PIN_NAME and self._keeps_pins(key, content):
            return self._storage.put(key, [content], replaces=ANY)
        if is_beside(key) and self._storage.stat(told_of(key)) is None:
            # Left by a call that was killed before the file itself was stored.
            return self._storage.put(key, [content], replaces=ANY)
        try:
            return self._storage.put(key, [content], unless=_names_of(key))
        except AlreadyStored:
            if key == CLUSTER_FILE and self._only_adds_writers(content):
                return self._storage.put(key, [content], replaces=ANY)
            raise self._not_permitted("replace", key) from None

    def _only_adds_writers(self, content: bytes) -> bool:
        """Whether the cluster stays what it is, with all who may write: a standby registers itself."""
        before = self._storage.read_all(CLUSTER_FILE)
        try:
            old, new = (RepositoryIdentity.parse(each.decode("utf-8")) for each in (before or b"", content))
        except (Damaged, UnicodeError):
            return False
        return replace(old, writers=()) == replace(new, writers=()) and {*old.writers} <= {*new.writers}

    def _small(self, pieces: Iterable[bytes], key: str) -> bytes:
        whole = b""
        for piece in pieces:
            whole += piece
            if len(whole) > SMALL_FILE_BYTES:
                raise self._not_permitted("store so much under", key)
        return whole

    def _keeps_pins(self, key: str, content: bytes) -> bool:
        """Whether every pin that is there is in the new content, too."""
        before = self._storage.read_all(key)
        try:
            pins = parse_pins(content.decode("utf-8"))
            return {*parse_pins((before or b"[]").decode("utf-8"))} <= {*pins}
        except (Damaged, UnicodeError):
            return False

    def read(self, key: str, *, offset: int = 0) -> Reading:
        """What the storage has, but for links: what they lead to is nothing that a database host may read."""
        return read_own(self._storage, key, offset=offset)

    def read_all(self, key: str, *, limit_bytes: int = SMALL_FILE_BYTES) -> bytes | None:
        """The same of a small file."""
        try:
            reading = self.read(key)
        except Missing:
            return None
        with reading:
            return read_limited(reading.descriptor, path=self.address(key), limit_bytes=limit_bytes)

    def stat(self, key: str) -> tuple[int, float, str] | None:
        """As the storage has it."""
        return self._storage.stat(key)

    def stat_many(self, keys: Iterable[str]) -> Iterator[tuple[int, float, str] | None]:
        """As the storage has it."""
        return self._storage.stat_many(keys)

    def list(self, prefix: str = "", *, delimiter: str = "/", hidden: bool = False) -> Sequence[str]:
        """As the storage has it."""
        return self._storage.list(prefix, delimiter=delimiter, hidden=hidden)

    def delete(self, keys: Iterable[str]) -> None:
        """Remove the progress of a backup."""
        for key in keys:
            if key != RUNNING_FILE:
                raise self._not_permitted("remove", key)
            self._storage.delete([key])

    def delete_below(self, prefix: str) -> bool:
        """Remove what is left of a backup that was never recorded."""
        label = prefix.rpartition("/")[2]
        is_backup = is_backup_label(label) and prefix == backup_folder(label)
        if not is_backup or self._storage.stat(record_key(label)) is not None:
            raise self._not_permitted("remove", prefix)
        return self._storage.delete_below(prefix)

    def lease(self, name: str, *, shared: bool = False, wait_seconds: float = 0, is_stored: bool = False) -> Lease:
        """Hold one of the cluster's locks, or something that is stored with others."""
        if name not in _LEASES and not (is_stored and shared):
            raise self._not_permitted("lock", name)
        return self._storage.lease(name, shared=shared, wait_seconds=wait_seconds, is_stored=is_stored)

    def holder(self, name: str) -> str | None:
        """As the storage has it."""
        return self._storage.holder(name)

    def is_held(self, name: str) -> bool:
        """As the storage has it."""
        return self._storage.is_held(name)

    def room(self) -> int | None:
        """As the storage has it."""
        return self._storage.room()

    def local_directory(self, prefix: str) -> str | None:
        """None: who is here does not come by files."""
        return None

    def adopt(self, prefix: str) -> None:
        """Nothing is written past the storage."""

    def prepare(self, folders: Iterable[str] = ()) -> None:
        """Make the cluster's folder, and those that are added to."""
        self._storage.prepare(folder for folder in folders if folder in (BACKUPS, WAL))

    def unfinished(self, prefix: str = "", *, delimiter: str = "/") -> Sequence[str]:
        """As the storage has it."""
        return self._storage.unfinished(prefix, delimiter=delimiter)

    def discard(self, keys: Iterable[str]) -> None:
        """As the storage has it: what nobody writes any more was never stored."""
        self._storage.discard(keys)

    def prune(self, prefix: str) -> None:
        """Nothing: empty folders are retention's."""

    def outside(self) -> tuple[Storage, str]:
        """Nothing beyond the cluster's folder."""
        raise self._not_permitted("look beyond", "")

    def _not_permitted(self, what: str, key: str) -> Refused:
        return Refused(
            f"a database host may not {what} '{self._storage.address(key)}'",
            code="not-permitted",
            hint="It can add to the repository and read its own cluster. Do anything else on the repository's host.",
        )


def _names_of(key: str) -> tuple[str, ...]:
    """Every key of the same WAL file, of which whoever reads it takes the first: a second one would replace it."""
    name = logical_name(key.rpartition("/")[2])
    return wal_keys(name) if key.startswith(WAL + "/") and wal_file_kind(name) else ()


__all__ = ("AppendOnly",)
