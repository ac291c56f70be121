# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where pg_basebackup writes the files of a backup, and how they come into the storage from there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from ..._core.backup.spool_limit import SPOOL_MAX_BYTES, SpoolLimit
from ..._core.catalogue.record import Backup, new_label
from ..._core.errors import Damaged
from ..._core.repository.layout import AGE_SUFFIX, BACKUPS, backup_folder, is_tar_name
from ..._io.encryption.age import encrypt
from ..._io.host.files import open_regular
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.storage.directory import FileReading
from ..._io.storage.port import Storage
from ..._io.stream.tar_stream import read_archive, read_opened
from .growing_archives import GrowingArchives
from .sender import Sender
from .spool import SENDER, VERIFIER, Spool, new_spool
from .streaming_verifier import StreamingVerifier


class BackupPlace:
    """The storage's own directory for one backup, into which pg_basebackup writes."""

    spool: Spool | None = None

    def __init__(self, storage: Storage, label: str, *, directory: str) -> None:
        self.archives = GrowingArchives(directory)
        self._storage = storage
        self._folder = backup_folder(label)

    @property
    def directory(self) -> str:
        """Where pg_basebackup writes."""
        return self.archives.directory

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the owner of the host should know."""
        return ()

    def max_rate_kib(self, wanted_kib: int | None) -> int | None:
        """The KiB per second that the server may send; ``wanted_kib`` is what the user allows (``None``: any)."""
        return wanted_kib

    def look(self) -> None:
        """Go on with what has been written. Raises what was met."""

    def new_verifier(self, *, compression: str, algorithm: str) -> StreamingVerifier:
        """What reads the archives while they are written."""
        return StreamingVerifier(self.archives, compression=compression, algorithm=algorithm)

    def store(self, names: Sequence[str], *, tell: Callable[[], None]) -> StoredFiles:
        """Let the storage have the files that were written and verified, each durable when this returns.

        ``tell`` is called about every second meanwhile.
        """
        # pg_basebackup has made them durable.
        self._storage.adopt(self._folder)
        return self._stored(tuple(names), digests={})

    def abort(self) -> None:
        """The backup has failed."""
        self.archives.abort()

    def _stored(self, names: tuple[str, ...], *, digests: Mapping[str, str], is_encrypted: bool = False) -> StoredFiles:
        found = self._storage.stat_many(f"{self._folder}/{name}" for name in names)
        size_bytes = sum(each[0] for each in found if each is not None)
        return StoredFiles(names, size_bytes, is_encrypted, digests)


class SpoolPlace(BackupPlace):
    """A spool, from which the archives are sent while they grow, and freed behind that."""

    def __init__(self, storage: Storage, label: str, *, spool: Spool, recipients: tuple[str, ...] = ()) -> None:
        super().__init__(storage, label, directory=spool.directory)
        self.spool: Spool = spool
        self._recipients = recipients
        self._digests: dict[str, str] = {}
        self._sender = Sender(self.archives, self._send)
        self._has_begun = False

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the spool says."""
        return self.spool.warnings

    def max_rate_kib(self, wanted_kib: int | None) -> int | None:
        """So many that the spool keeps its limit."""
        return wanted_kib if self.spool.limit is None else self.spool.limit.max_rate_kib(wanted_kib)

    def look(self) -> None:
        """Begin to send when there is something, and raise what was met."""
        self._sender.check()
        if not self._has_begun and self.archives.has_begun:
            self._has_begun = True
            self._sender.start()

    def new_verifier(self, *, compression: str, algorithm: str) -> StreamingVerifier:
        """What reads them before they are freed."""
        return StreamingVerifier(
            self.archives,
            compression=compression,
            algorithm=algorithm,
            noting=lambda name: self.spool.noting(name, VERIFIER),
            read_again=self._read_again,
        )

    def _read_again(self, name: str, compression: str) -> Generator[memoryview, None, None]:
        """What was sent, from the storage. Raises Damaged (``backup-damaged``) where only others can read it."""
        self._finish_sending(lambda: None)
        if self._recipients:
            raise Damaged(
                "the files that the server sent are not those of its manifest; which ones cannot be told, since they"
                " are encrypted already",
                code="backup-damaged",
                hint="Nothing of this backup is kept; take it again.",
            )
        key = f"{self._folder}/{name}"
        return read_opened(lambda: self._storage.read(key), path=self._storage.address(key), compression=compression)

    def store(self, names: Sequence[str], *, tell: Callable[[], None]) -> StoredFiles:
        """Wait until all archives are sent, and send the rest."""
        self._finish_sending(tell)
        for name in names:
            if not is_tar_name(name):
                with FileReading(open_regular(f"{self.directory}/{name}")) as reading:
                    self._storage.put(f"{self._folder}/{name}", reading)
        return self._stored(
            tuple(map(self._stored_name, names)), digests=self._digests, is_encrypted=bool(self._recipients)
        )

    def abort(self) -> None:
        """Send no more."""
        self._sender.abort()

    def _finish_sending(self, tell: Callable[[], None]) -> None:
        self.archives.look()
        self.archives.end()
        self.look()
        if self._has_begun:
            self._sender.finish(tell=tell)

    def _send(self, name: str) -> None:
        """Store an archive while it grows."""
        key, pieces = f"{self._folder}/{self._stored_name(name)}", self._pieces(name)
        if not self._recipients:
            self._storage.put(key, pieces)
            return
        digest = hashlib.sha256()
        self._storage.put(key, _encrypted(pieces, recipients=self._recipients, digest=digest))
        self._digests[self._stored_name(name)] = digest.hexdigest()

    def _stored_name(self, name: str) -> str:
        return name + AGE_SUFFIX if self._recipients and is_tar_name(name) else name

    def _pieces(self, name: str) -> Iterator[bytes]:
        grown = read_archive(
            f"{self.directory}/{name}",
            compression="none",
            is_whole=partial(self.archives.is_whole, name),
            noted=self.spool.noting(name, SENDER),
        )
        with closing(grown) as pieces:
            for piece in pieces:
                yield bytes(piece)


@dataclass(frozen=True)
class StoredFiles:
    """The names that the files of a backup have in the storage, and the SHA-256 of each that was encrypted."""

    names: tuple[str, ...]
    size_bytes: int
    is_encrypted: bool
    digests: Mapping[str, str]

    def recorded_in(self, backup: Backup) -> Backup:
        """The backup with what is known of its files."""
        return replace(
            backup,
            files=self.names,
            stored_bytes=self.size_bytes,
            is_encrypted=self.is_encrypted,
            digests=self.digests,
        )


@contextmanager
def backup_place(
    folder: ClusterFolder, label: str, *, needed_bytes: int | None, spool_max_bytes: int = SPOOL_MAX_BYTES
) -> Iterator[BackupPlace]:
    """The place of a backup that takes about so many bytes; a spool is removed at the end, whatever happened.

    What is encrypted goes through a spool, so that the storage never has it in clear. Raises Unavailable
    (``scratch-missing``).
    """
    storage, recipients = folder.storage, folder.recipients
    directory = None if recipients else storage.local_directory(backup_folder(label))
    if directory is not None:
        yield BackupPlace(storage, label, directory=directory)
        return
    with new_spool(label, needed_bytes=needed_bytes, limit=SpoolLimit(spool_max_bytes)) as spool:
        yield SpoolPlace(storage, label, spool=spool, recipients=recipients)


def free_label(storage: Storage, moment: datetime, *, backup_type: str) -> str:
    """A label that no backup has, of that moment or of one soon after."""
    taken = storage.list(BACKUPS)
    while (label := new_label(moment, backup_type=backup_type)) in taken:
        moment += timedelta(seconds=1)
    return label


def _encrypted(pieces: Iterable[bytes], *, recipients: tuple[str, ...], digest: hashlib._Hash) -> Iterator[bytes]:
    with closing(encrypt(pieces, recipients=recipients)) as encrypting:
        for piece in encrypting:
            digest.update(piece)
            yield piece


__all__ = ("BackupPlace", "SpoolPlace", "StoredFiles", "backup_place", "free_label")
