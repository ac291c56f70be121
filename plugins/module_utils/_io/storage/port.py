# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The port to the place where the files of a repository lie.

A *key* names what is stored, relative to the storage: parts joined by slashes, none of which begins with a dot unless
the file is of no lasting worth. Keys come from ``_core/repository/layout.py`` alone. The tests in
``tests/unit/support/storage_contract*.py`` prove what holds for every storage; any new one has to pass them.

The type checker and the tests compare storages with it. A storage does not inherit from it while the program runs:
PostgreSQL starts that for each segment, and classes that check themselves cost as much as all else of a storage.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from ..host.files import SMALL_FILE_BYTES
from .place import ABSENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import TracebackType


class Reading(ABC):
    """An open stored file: its bytes in order, as pieces. To be closed, or used as a context manager."""

    #: For filters that read by themselves.
    descriptor: int

    @abstractmethod
    def __iter__(self) -> Iterator[bytes]:
        """The pieces. Raises OSError where the medium fails."""

    @abstractmethod
    def close(self) -> None:
        """Give it back."""

    def __enter__(self) -> Reading:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Lease(ABC):
    """A name that this process holds, until it is released or the process ends; use it as a context manager."""

    #: What a child process has to inherit to hold the lease as well.
    descriptor: int

    @abstractmethod
    def note(self, text: str) -> None:
        """Say for others who holds it. It need not survive a crash."""

    @abstractmethod
    def release(self) -> None:
        """Let others have it."""

    def __enter__(self) -> Lease:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class Storage(ABC):
    """Where the files of a repository lie, or those of one cluster in it.

    Each operation raises Unavailable (``repository-missing``, ``repository-not-readable``, ``repository-full``,
    ``repository-not-writable``, ``write-failed``) where the place is away or refuses, and never takes that for an
    absent file.
    """

    @abstractmethod
    def address(self, key: str = "") -> str:
        """How people name the place of a key, or the storage itself."""

    @abstractmethod
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
        """Store the pieces under the key, durably and as a whole; the version, ``None``: it was there already.

        ``replaces`` is ``ABSENT``, ``ANY``, or the version that was read. With ``ABSENT``, one of the keys ``unless``
        counts as the key itself, and what is there already is left alone: ``is_same`` tells of the key that was found
        whether it has this very content, by default byte for byte. Two writers of a key take turns, where the storage
        can make them. Raises AlreadyStored (``already-stored``), Changed (``record-changed``), Busy
        (``repository-busy``), and what ``pieces`` raise.
        """

    @abstractmethod
    def read(self, key: str, *, offset: int = 0) -> Reading:
        """What is stored, from that byte on.

        Raises Missing (``not-stored``), Damaged (``file-not-regular``), OSError where the medium fails.
        """

    @abstractmethod
    def read_all(self, key: str, *, limit_bytes: int = SMALL_FILE_BYTES) -> bytes | None:
        """The content of a small file; ``None``: it is not there.

        Raises Damaged (``file-too-large``, ``file-not-regular``), OSError where the medium fails.
        """

    @abstractmethod
    def stat(self, key: str) -> tuple[int, float, str] | None:
        """Size in bytes, when it was stored (Unix time), and version; ``None``: it is not there."""

    @abstractmethod
    def stat_many(self, keys: Iterable[str]) -> Iterator[tuple[int, float, str] | None]:
        """The same of each of these keys, in their order.

        A storage of this host looks each one up when it is taken, one that is far away is asked for many at once.
        """

    @abstractmethod
    def list(self, prefix: str = "", *, delimiter: str = "/", hidden: bool = False) -> Sequence[str]:
        """The names below a prefix, in no order: one level of them, or without delimiter all, to their ends.

        Names that begin with a dot are left out, unless the ``hidden`` ones are wanted too.
        """

    @abstractmethod
    def delete(self, keys: Iterable[str]) -> None:
        """Remove these, in their order and durably. One that is not there is as wanted."""

    @abstractmethod
    def delete_below(self, prefix: str) -> bool:
        """Remove all below a prefix, as far as possible, finished or not; whether nothing is left."""

    @abstractmethod
    def lease(self, name: str, *, shared: bool = False, wait_seconds: float = 0, is_stored: bool = False) -> Lease:
        """Hold a name, alone or with others that share it. A process that dies holds nothing.

        ``is_stored``: the name is a key, and is held only while something is stored there. In a storage that can only
        be read, and in which nobody has ever held the name, it is shared with nobody. Raises Busy
        (``repository-busy``), Missing (``not-stored``).
        """

    @abstractmethod
    def holder(self, name: str) -> str | None:
        """What the one who holds a name alone has noted; ``None``: nobody does. Writes nothing."""

    @abstractmethod
    def is_held(self, name: str) -> bool:
        """Whether anybody holds a name, alone or with others. Writes nothing."""

    @abstractmethod
    def room(self) -> int | None:
        """How many bytes can still be stored; ``None``: that is not known."""

    @abstractmethod
    def local_directory(self, prefix: str) -> str | None:
        """The directory of this host that holds what is stored below a prefix, for programs that need one.

        For pg_basebackup, which writes there, and for reading the archives of a backup. ``None``: there is none.
        """

    @abstractmethod
    def adopt(self, prefix: str) -> None:
        """Take what another program has written into the local directory as stored: for its owner alone."""

    @abstractmethod
    def prepare(self, folders: Iterable[str] = ()) -> None:
        """Make the place itself, and these folders, where the storage has such things."""

    @abstractmethod
    def unfinished(self, prefix: str = "", *, delimiter: str = "/") -> Sequence[str]:
        """The keys below a prefix that killed writers have left and nobody writes any more; see ``discard``."""

    @abstractmethod
    def discard(self, keys: Iterable[str]) -> None:
        """Remove what ``unfinished`` named, unless somebody writes it again."""

    @abstractmethod
    def prune(self, prefix: str) -> None:
        """Remove the folder of this prefix when nothing is in it, where the storage has such things."""

    @abstractmethod
    def outside(self) -> tuple[Storage, str]:
        """The storage that this one is a part of, and this one's name there."""


__all__ = ("Lease", "Reading", "Storage")
