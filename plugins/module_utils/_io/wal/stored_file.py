# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The original bytes of a stored WAL file.

Imported only once a file is there to be read: at the end of the archive nobody waits for it.
"""

from __future__ import annotations

import os

from ..._core.repository.layout import is_encrypted, method_of
from ..host.files import write_failed
from ..stream.compression import damaged, decompress
from .checksum_file import RunningChecksum, check_checksum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..encryption.age import DecryptedReading
    from ..host.kept_identity import Identity
    from ..storage.port import Reading, Storage


def write_stored(
    storage: Storage, key: str, *, target: int, temporary: str, limit_bytes: int, identity: Identity | None = None
) -> None:
    """Write the original bytes of a stored file into an open one. Raises as :func:`read_stored`.

    ``temporary`` is its path, for messages. Also raises Unavailable (``write-failed``).
    """

    def write(chunk: bytes) -> None:
        _write_all(target, chunk, path=temporary)

    read_stored(storage, key, write=write, limit_bytes=limit_bytes, identity=identity)


def read_stored(
    storage: Storage,
    key: str,
    *,
    write: Callable[[bytes], object],
    limit_bytes: int,
    identity: Identity | None = None,
) -> None:
    """Hand the original bytes of a stored file to ``write``, verified as far as its checksum goes.

    ``identity`` decrypts what is encrypted. Raises Missing (``not-stored``),
    Damaged (``segment-damaged``: more than ``limit_bytes``, empty, or not what was stored; ``encrypted-damaged``),
    InvalidInput (``identity-wrong``), Unavailable (``identity-missing``, ``program-missing``).
    """
    method, stored = method_of(key), storage.address(key)
    checksum = RunningChecksum() if method == "none" and not is_encrypted(key) else None
    size_bytes = 0

    def take(chunk: bytes) -> None:
        nonlocal size_bytes
        size_bytes += len(chunk)
        if size_bytes > limit_bytes:
            raise damaged(stored, f"it has more than {limit_bytes} bytes")
        if checksum is not None:
            checksum.add(chunk)
        write(chunk)

    with _opened(storage, key, identity=identity) as source:
        decompress(source.descriptor, path=stored, method=method, write=take)
    if checksum is not None:
        check_checksum(storage, key, checksum=checksum)
    if size_bytes == 0:
        raise damaged(stored, "it is empty")


def _opened(storage: Storage, key: str, *, identity: Identity | None) -> Reading | DecryptedReading:
    if not is_encrypted(key):
        return storage.read(key)
    from ..encryption.age import DecryptedReading

    return DecryptedReading(storage.read(key), path=storage.address(key), identity=identity)


def _write_all(target: int, chunk: bytes, *, path: str) -> None:
    view = memoryview(chunk)
    try:
        while view:
            view = view[os.write(target, view) :]
    except OSError as error:
        raise write_failed(path, error) from error


__all__ = ("read_stored", "write_stored")
