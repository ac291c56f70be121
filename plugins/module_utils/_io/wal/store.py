# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Storing a WAL file in the repository: durable, whole, never over another."""

from __future__ import annotations

import os

from ..._core.errors import AlreadyStored, Unavailable
from ..._core.repository.layout import is_encrypted, method_of, wal_key, wal_keys
from ..._core.wal.file_name import BACKUP_HISTORY, TIMELINE_HISTORY
from ..host.files import open_regular, read_exactly
from ..stream.compression import choose_compression, compress, damaged, decompress
from .wal_file_check import check_content, checked_kind, wal_file_limit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

    from ..storage.port import Storage


def store_wal_file(
    storage: Storage,
    *,
    name: str,
    source_path: str,
    document: dict[str, Any],
    compression: str,
    recipients: tuple[str, ...] = (),
    data_directory: str = ".",
    before_named: Callable[[], None] | None = None,
) -> bool:
    """Store the file as ``name``, on disk for certain when this returns; ``False`` when it was there with this content.

    ``document`` is the folder's cluster.json. With ``recipients`` it is encrypted for them; ``data_directory`` is that
    of its server, whose secret keys the digest of what is encrypted. ``before_named`` is called when all is written but
    the name, and what it raises leaves nothing stored. Two calls at once for one name take turns. A segment that
    differs only behind the end of its timeline counts as the same (:func:`check_divergence`). Raises Refused
    (``segment-differs``, ``segment-foreign``), Damaged (``segment-damaged``: the file, or what is stored), Failed
    (``encryption-failed``), Unavailable (``repository-full``, ``repository-busy``, ``source-missing``, …).
    """
    # Small text files stay readable for people; their checksum lies beside them.
    plain = checked_kind(name) in (TIMELINE_HISTORY, BACKUP_HISTORY)
    method = "none" if plain else choose_compression(compression)
    source = _open_source(source_path)
    try:
        check_content(source, name=name, document=document)
        limit_bytes = wal_file_limit(name, document=document)
        key = wal_key(name, method=method, is_encrypted=bool(recipients) and not plain)
        whole = _content(storage, key, source=source, recipients=recipients, data_directory=data_directory)
        pieces = _unless_reused(whole, source=source, path=source_path, before_named=before_named)
        compare = content_comparison(storage, source=source, limit_bytes=limit_bytes, data_directory=data_directory)
        return _store(storage, key, pieces, name=name, is_same=compare)
    except AlreadyStored as error:
        from .divergence import check_divergence

        directory = os.path.dirname(source_path)
        check_divergence(storage, error.key, name=name, source=source, wal_directory=directory, document=document)
        return False
    finally:
        os.close(source)


def _store(
    storage: Storage, key: str, pieces: Generator[bytes, None, None], *, name: str, is_same: Callable[[str], bool]
) -> bool:
    try:
        version = storage.put(key, pieces, unless=wal_keys(name), is_same=is_same)
    finally:
        # A filter whose output nobody takes any more ends.
        pieces.close()
    return version is not None


def _unless_reused(
    pieces: Generator[bytes, None, None], *, source: int, path: str, before_named: Callable[[], None] | None
) -> Generator[bytes, None, None]:
    """The pieces; raises behind the last when the file has lost its name, as PostgreSQL gives it to one to come."""
    yield from pieces
    if before_named is not None:
        before_named()
    try:
        is_reused = os.stat(path).st_ino != os.fstat(source).st_ino
    except FileNotFoundError:
        is_reused = True
    if is_reused:
        raise _unreadable(path, "the server removed or reused it meanwhile")


def content_comparison(
    storage: Storage, *, source: int, limit_bytes: int, data_directory: str
) -> Callable[[str], bool]:
    """What tells of a stored file, by its key, whether it has the source's content."""

    def is_same(key: str) -> bool:
        if not is_encrypted(key):
            return _is_same(storage, key, source=source, limit_bytes=limit_bytes)
        from ..encryption.encrypted_file import has_content_of

        return has_content_of(storage, key, source=source, data_directory=data_directory)

    return is_same


def _content(
    storage: Storage, key: str, *, source: int, recipients: tuple[str, ...], data_directory: str
) -> Generator[bytes, None, None]:
    """What is stored of the file under this key."""
    method = method_of(key)
    if is_encrypted(key):
        from ..encryption.encrypted_file import encrypted

        plain = compress(source, method=method)
        return encrypted(
            storage, key, pieces=plain, source=source, recipients=recipients, data_directory=data_directory
        )
    return _summed(storage, key, source=source) if method == "none" else compress(source, method=method)


def _summed(storage: Storage, key: str, *, source: int) -> Generator[bytes, None, None]:
    """The bytes of the file as they are, their checksum stored behind the last."""
    from .checksum_file import RunningChecksum, store_checksum

    checksum = RunningChecksum()
    for chunk in compress(source, method="none"):
        checksum.add(chunk)
        yield chunk
    store_checksum(storage, key, checksum=checksum)


def _is_same(storage: Storage, key: str, *, source: int, limit_bytes: int) -> bool:
    """Whether what is stored has the source's content. A checksum that is missing beside it is written again."""
    from .checksum_file import RunningChecksum, check_checksum, has_checksum, store_checksum

    os.lseek(source, 0, os.SEEK_SET)
    checksum = RunningChecksum()
    same = True

    def compare(chunk: bytes) -> None:
        nonlocal same
        checksum.add(chunk)
        if checksum.size_bytes > limit_bytes:
            raise damaged(storage.address(key), f"it has more than {limit_bytes} bytes")
        same = same and read_exactly(source, len(chunk)) == chunk

    method = method_of(key)
    with storage.read(key) as stored:
        decompress(stored.descriptor, path=storage.address(key), method=method, write=compare)
    same = same and not os.read(source, 1)
    if method == "none" and (has_checksum(storage, key) or not same):
        check_checksum(storage, key, checksum=checksum)
    if method == "none" and same:
        store_checksum(storage, key, checksum=checksum)
    return same


def _open_source(path: str) -> int:
    try:
        return open_regular(path)
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error


def _unreadable(path: str, reason: str) -> Unavailable:
    return Unavailable(
        f"cannot read '{path}': {reason}",
        code="source-missing",
        hint="The path is relative to the data directory, from which PostgreSQL calls; give it as '%p'.",
    )


__all__ = ("content_comparison", "store_wal_file")
