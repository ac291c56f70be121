# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The digests that lie beside an encrypted WAL file, by which a host that cannot decrypt it knows it again.

That of the content is keyed by a secret of the cluster, so that it tells nobody else anything; that of what is stored
needs no key, so that everybody can see damage.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import sys
import time

from ..._core.encryption.cluster_secret import CONTROL_FILE, CONTROL_FILE_BYTES, cluster_secret
from ..._core.errors import Damaged
from ..._core.repository.layout import digest_key
from ..storage.place import ANY
from ..stream.compression import damaged
from .age import encrypt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from ..storage.port import Storage

_PIECE_BYTES = 1 << 20
_PURPOSE = b"pgpitr WAL file"
_ATTEMPTS = 50


def encrypted(
    storage: Storage,
    key: str,
    *,
    pieces: Generator[bytes, None, None],
    source: int,
    recipients: Iterable[str],
    data_directory: str,
) -> Generator[bytes, None, None]:
    """The pieces encrypted, the digests of file and content stored behind the last.

    Raises as :func:`encrypt`, Damaged (``control-data-unreadable``).
    """
    content = _content_digest(source, data_directory=data_directory)
    stored, size_bytes = hashlib.sha256(), 0
    encrypting = encrypt(pieces, recipients=recipients)
    try:
        for piece in encrypting:
            stored.update(piece)
            size_bytes += len(piece)
            yield piece
    finally:
        encrypting.close()
        pieces.close()
    text = f"{content} {stored.hexdigest()} {size_bytes}\n"
    storage.put(digest_key(key), [text.encode("ascii")], replaces=ANY)


def has_content_of(storage: Storage, key: str, *, source: int, data_directory: str) -> bool:
    """Whether the encrypted file has the content of an open one, as far as its digests and its size tell.

    Raises Damaged (``segment-damaged``, ``control-data-unreadable``).
    """
    content, _stored, size_bytes = _digests(storage, key)
    found = storage.stat(key)
    if found is None or str(found[0]) != size_bytes:
        raise damaged(storage.address(key), f"it was stored with {size_bytes} bytes and has another size")
    return content == _content_digest(source, data_directory=data_directory)


def check_stored(storage: Storage, key: str) -> None:
    """Read an encrypted file, and return when it is as it was stored, which needs no identity.

    Raises Missing (``not-stored``), Damaged (``segment-damaged``), OSError.
    """
    _content, expected, size_bytes = _digests(storage, key)
    stored, read_bytes = hashlib.sha256(), 0
    with storage.read(key) as reading:
        for piece in reading:
            stored.update(piece)
            read_bytes += len(piece)
    if (stored.hexdigest(), str(read_bytes)) != (expected, size_bytes):
        raise damaged(storage.address(key), "it is not what was stored")


def _digests(storage: Storage, key: str) -> tuple[str, str, str]:
    text = (storage.read_all(digest_key(key)) or b"").decode("ascii", "replace")
    parts = text.split()
    if len(parts) != 3:
        beside = storage.address(digest_key(key))
        raise damaged(storage.address(key), f"its digests '{beside}' are {'damaged' if text else 'missing'}")
    return parts[0], parts[1], parts[2]


def _content_digest(source: int, *, data_directory: str) -> str:
    digest = hmac.new(_secret(data_directory), _PURPOSE, hashlib.sha256)
    position = 0
    while piece := os.pread(source, _PIECE_BYTES, position):
        digest.update(piece)
        position += len(piece)
    return digest.hexdigest()


def _secret(data_directory: str) -> bytes:
    path = f"{data_directory}/{CONTROL_FILE}"
    for _attempt in range(_ATTEMPTS):
        with open(path, "rb", buffering=0) as file:
            found = cluster_secret(file.read(CONTROL_FILE_BYTES), byte_order=sys.byteorder)
        if found is not None:
            return found
        # The server is writing it.
        time.sleep(0.01)
    raise Damaged(
        f"the checksum of '{path}' is not right",
        code="control-data-unreadable",
        hint="The cluster could not be started again; restore it.",
    )


__all__ = ("check_stored", "encrypted", "has_content_of")
