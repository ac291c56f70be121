# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Storing a WAL file in the repository: durable, whole, never over another."""

from __future__ import annotations

import errno
import os

from ..._core.errors import Refused, Unavailable
from ..._core.repository.layout import CLUSTER_FILE
from ..._core.wal.file_name import BACKUP_HISTORY, TIMELINE_HISTORY, wal_folder
from ..storage.directories import make_path_below
from ..storage.locked_file import open_locked_temporary
from ..storage.write_errors import repository_write_error
from ..stream.compression import SUFFIX_BY_METHOD, choose_compression, compress, decompress, method_of
from .checksum_file import RunningChecksum, check_against_file, has_checksum_file, write_checksum_file
from .layout import WAL, find_stored
from .wal_file_check import check_content, checked_kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
# Retention removes directories that have become empty, and may do so between any two steps here.
_ATTEMPTS = 10


def store_wal_file(
    cluster_path: str, *, name: str, source_path: str, document: dict[str, Any], compression: str
) -> bool:
    """Store the file as ``name``, on disk for certain when this returns; ``False`` when it was there with this content.

    ``document`` is the folder's cluster.json. Two calls at once for one name take turns. Raises Refused
    (``segment-differs``, ``segment-foreign``), Damaged (``segment-damaged``: the file, or what is stored under its
    name), Unavailable (``repository-full``, ``repository-not-writable``, ``repository-busy``, ``source-missing``, …).
    """
    # Small text files stay readable for people; their checksum lies beside them.
    plain = checked_kind(name) in (TIMELINE_HISTORY, BACKUP_HISTORY)
    method = "none" if plain else choose_compression(compression)
    source = _open_source(source_path)
    try:
        check_content(source, name=name, document=document)
        return _store_again(cluster_path, name=name, source=source, method=method)
    except OSError as error:
        raise repository_write_error(f"{cluster_path}/{WAL}/{wal_folder(name)}/{name}", error) from error
    finally:
        os.close(source)


def _store_again(cluster_path: str, *, name: str, source: int, method: str) -> bool:
    """Store it, once more when a directory goes away meanwhile."""
    for _attempt in range(_ATTEMPTS - 1):
        try:
            return _store(cluster_path, name=name, source=source, method=method)
        except FileNotFoundError:
            # Without its cluster.json the repository is not mounted any more, and nothing is made underneath.
            os.stat(f"{cluster_path}/{CLUSTER_FILE}")
    return _store(cluster_path, name=name, source=source, method=method)


def _store(cluster_path: str, *, name: str, source: int, method: str) -> bool:
    directories = make_path_below(cluster_path, f"{WAL}/{wal_folder(name)}")
    folder = directories[-1]
    temporary = f"{folder}/.{name}.tmp"
    target = open_locked_temporary(temporary)
    try:
        stored = find_stored(cluster_path, name=name)
        if stored is None:
            stored = f"{folder}/{name}{SUFFIX_BY_METHOD[method]}"
            _write(target, source=source, method=method, stored_path=stored)
            _give_name(temporary, stored)
            is_new = True
        else:
            _check_same(stored, name=name, source=source)
            is_new = False
    finally:
        # The name goes before the lock, so that nobody takes over a file that is being removed.
        _remove(temporary)
        os.close(target)
    for directory in reversed(directories):
        _fsync_path(directory)
    return is_new


def _write(target: int, *, source: int, method: str, stored_path: str) -> None:
    """Write the compressed content, and for plain files the checksum beside."""
    if method == "none":
        checksum = RunningChecksum()

        def write_and_sum(chunk: bytes) -> None:
            checksum.add(chunk)
            _write_all(target, chunk)

        compress(source, method=method, write=write_and_sum)
        os.fsync(target)
        write_checksum_file(stored_path, checksum=checksum)
        return
    compress(source, method=method, write=lambda chunk: _write_all(target, chunk))
    os.fsync(target)


def _write_all(target: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(target, view) :]


def _give_name(temporary: str, stored: str) -> None:
    """Give the finished file its name, unless that name is taken."""
    try:
        os.link(temporary, stored)
    except FileExistsError:
        raise _differs(stored, os.path.basename(stored)) from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # Without hard links only a rename is left, which would replace: the lock on this name keeps others away.
        if os.path.exists(stored):
            raise _differs(stored, os.path.basename(stored)) from None
        os.rename(temporary, stored)


def _check_same(stored: str, *, name: str, source: int) -> None:
    """Return when the stored file has the source's content, made durable: another push may have just written it."""
    os.lseek(source, 0, os.SEEK_SET)
    checksum = RunningChecksum()
    same = True

    def compare(chunk: bytes) -> None:
        nonlocal same
        checksum.add(chunk)
        same = same and _read_exactly(source, len(chunk)) == chunk

    method = method_of(stored)
    decompress(stored, method=method, write=compare)
    same = same and not os.read(source, 1)
    if method == "none" and (has_checksum_file(stored) or not same):
        check_against_file(stored, checksum=checksum)
    if not same:
        raise _differs(stored, name)
    if method == "none":
        write_checksum_file(stored, checksum=checksum)
    _fsync_path(stored)


def _read_exactly(source: int, size_bytes: int) -> bytes:
    content = b""
    while len(content) < size_bytes:
        chunk = os.read(source, size_bytes - len(content))
        if not chunk:
            break
        content += chunk
    return content


def _differs(stored: str, name: str) -> Refused:
    return Refused(
        f"'{name}' is already stored with other content, as '{stored}'",
        code="segment-differs",
        hint="Two clusters archive to one place, or one was restored without a new timeline. Find out which content is"
        " right before anything is moved; nothing was overwritten.",
    )


def _open_source(path: str) -> int:
    try:
        return os.open(path, os.O_RDONLY)
    except OSError as error:
        raise Unavailable(
            f"cannot read '{path}': {error.strerror}",
            code="source-missing",
            hint="The path is relative to the data directory, from which PostgreSQL calls; give it as '%p'.",
        ) from error


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return


def _fsync_path(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


__all__ = ("store_wal_file",)
