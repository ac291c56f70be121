# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage that is a directory of this host, local or mounted."""

from __future__ import annotations

import errno
import os

from ..._core.errors import Missing
from ..._core.repository.layout import CLUSTER_FILE
from ..host.files import SMALL_FILE_BYTES, open_regular, read_limited
from .place import ABSENT, Place, version_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import TracebackType

    from .port import Lease, Reading, Storage
else:
    Reading = Storage = object

_CHUNK_BYTES = 1 << 18
# EUCLEAN and EBADMSG: ext4 and XFS found their own structures or checksums damaged.
_MEDIUM = (errno.EIO, errno.EUCLEAN, errno.EBADMSG)
# ESTALE: another host has removed it from the network's file system.
_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ESTALE)


class FileReading(Reading):
    """An open file of the directory."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def __iter__(self) -> Iterator[bytes]:
        while chunk := os.read(self.descriptor, _CHUNK_BYTES):
            yield chunk

    def __enter__(self) -> FileReading:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        if self.descriptor >= 0:
            descriptor, self.descriptor = self.descriptor, -1
            os.close(descriptor)


class DirectoryStorage(Place, Storage):
    """What lies below a directory, which is the one that is meant only while it has its marker."""

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
        """Store the pieces in a file."""
        from .file_put import FilePut

        put = FilePut(self, key, unless=unless, replaces=replaces)
        return put.run(pieces, is_same=is_same, is_durable=is_durable)

    def read(self, key: str, *, offset: int = 0) -> Reading:
        """The open file."""
        path = self.root + "/" + key
        try:
            descriptor = open_regular(path)
        except OSError as error:
            if error.errno in _GONE:
                self.check_there()
                raise Missing(
                    f"'{path}' is not there", code="not-stored", hint="See whether it was removed, or never stored."
                ) from None
            if error.errno in _MEDIUM:
                raise
            self.not_readable(key, error)
        if offset:
            os.lseek(descriptor, offset, os.SEEK_SET)
        return FileReading(descriptor)

    def read_all(self, key: str, *, limit_bytes: int = SMALL_FILE_BYTES) -> bytes | None:
        """The content of the file."""
        try:
            reading = self.read(key)
        except Missing:
            return None
        with reading:
            return read_limited(reading.descriptor, path=self.address(key), limit_bytes=limit_bytes)

    def stat(self, key: str) -> tuple[int, float, str] | None:
        """The file's size, time and version."""
        try:
            found = os.stat(self.root + "/" + key)
        except OSError as error:
            if error.errno not in _GONE:
                self.not_readable(key, error)
            self.check_there()
            return None
        return found.st_size, found.st_mtime, version_of(found)

    def stat_many(self, keys: Iterable[str]) -> Iterator[tuple[int, float, str] | None]:
        """The files' sizes, times and versions, each when it is taken."""
        return map(self.stat, keys)

    def list(self, prefix: str = "", *, delimiter: str = "/", hidden: bool = False) -> Sequence[str]:
        """The directory's names."""
        try:
            names = [name for name in os.listdir(self.address(prefix)) if hidden or name[0] != "."]
        except OSError as error:
            if error.errno not in _GONE:
                self.not_readable(prefix, error)
            self.check_there()
            return []
        if delimiter:
            return names
        if prefix and os.path.islink(self.address(prefix)):
            return []
        return [each for name in names for each in self._below(prefix, name)]

    def _below(self, prefix: str, name: str) -> Iterator[str]:
        """The name, or those in its directory. A link is not followed, which may lead anywhere, or in a circle."""
        key = prefix + "/" + name if prefix else name
        if os.path.islink(self.address(key)) or not os.path.isdir(self.address(key)):
            yield name
            return
        for each in self.list(key, delimiter=""):
            yield name + "/" + each

    def delete(self, keys: Iterable[str]) -> None:
        """Unlink the files, and remove the directories that have become empty by that."""
        from .removal import delete_files

        delete_files(self, keys)

    def delete_below(self, prefix: str) -> bool:
        """Remove the directory with all in it."""
        from .removal import remove_tree

        return remove_tree(self.address(prefix))

    def lease(self, name: str, *, shared: bool = False, wait_seconds: float = 0, is_stored: bool = False) -> Lease:
        """Lock the file of this name."""
        from .file_lease import take_lease

        return take_lease(self, name, shared=shared, wait_seconds=wait_seconds, is_stored=is_stored)

    def holder(self, name: str) -> str | None:
        """What is written in the file that somebody has locked."""
        from .file_lease import lease_holder

        return lease_holder(self.address(name))

    def is_held(self, name: str) -> bool:
        """Whether somebody has locked the file."""
        from .file_lease import is_leased

        return is_leased(self.address(name))

    def room(self) -> int | None:
        """What an ordinary user may still write there."""
        from ..host.free_space import free_bytes

        return free_bytes(self.root)

    def local_directory(self, prefix: str) -> str | None:
        """The directory itself."""
        return self.address(prefix)

    def adopt(self, prefix: str) -> None:
        """Set the modes of the directory and of its files."""
        directory = self.address(prefix)
        try:
            os.chmod(directory, 0o700)
            for name in os.listdir(directory):
                os.chmod(directory + "/" + name, 0o600)
        except OSError as error:
            self.refuse(prefix, error)

    def prepare(self, folders: Iterable[str] = ()) -> None:
        """Make the directory and these in it."""
        from .place import fsync_path, make_private_directory

        try:
            make_private_directory(self.root)
            for folder in folders:
                make_private_directory(self.address(folder))
            fsync_path(os.path.dirname(self.root))
            fsync_path(self.root)
        except OSError as error:
            self.refuse("", error)

    def unfinished(self, prefix: str = "", *, delimiter: str = "/") -> Sequence[str]:
        """The temporary files that nobody has locked."""
        from .removal import unlocked_temporaries

        return unlocked_temporaries(self, prefix, is_deep=not delimiter)

    def discard(self, keys: Iterable[str]) -> None:
        """Remove temporary files that nobody has locked."""
        from .removal import discard_temporaries

        discard_temporaries(self, keys)

    def prune(self, prefix: str) -> None:
        """Remove an empty directory."""
        try:
            os.rmdir(self.address(prefix))
        except OSError:
            # Something lies in it, a writer may have begun: it stays.
            return

    def outside(self) -> tuple[Storage, str]:
        """The parent directory."""
        parent, name = os.path.split(self.root)
        return DirectoryStorage(parent or "/"), name


def directory_of_cluster(repository_path: str, *, name: str) -> Storage:
    """The storage of one cluster of a repository, which is the right one only while it has its ``cluster.json``."""
    return DirectoryStorage(f"{repository_path}/{name}", marker=CLUSTER_FILE)


__all__ = ("DirectoryStorage", "directory_of_cluster")
