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
from ..._core.errors import AlreadyStored, Damaged
from ..._core.repository.layout import digest_key
from ..storage.place import ANY
from ..stream.compression import damaged
from .age import encrypt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from ..storage.port import Storage

    _Digests = tuple[str, str, str]

_PIECE_BYTES = 1 << 20
_PURPOSE = b"pgpitr WAL file"
_ATTEMPTS = 50
_MOST_LINES = 8
_HEX_DIGITS = 64


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
    _store_digests(storage, key, f"{content} {stored.hexdigest()} {size_bytes}\n")


def _store_digests(storage: Storage, key: str, line: str) -> None:
    """Put the digests beside what is about to be stored.

    Where something lies there already, a killed call has left it, or another host is storing the same segment at this
    moment, which no bucket can keep them from: its line stays, and what gets stored tells which one counts.
    """
    beside = digest_key(key)
    try:
        storage.put(beside, [line.encode("ascii")])
    except AlreadyStored:
        others = [" ".join(each) + "\n" for each in _noted(storage, key)[1 - _MOST_LINES :]]
        storage.put(beside, ["".join((*others, line)).encode("ascii")], replaces=ANY)


def has_content_of(storage: Storage, key: str, *, source: int, data_directory: str) -> bool:
    """Whether the encrypted file has the content of an open one, as far as its digests and its size tell.

    Raises Damaged (``segment-damaged``, ``control-data-unreadable``).
    """
    noted = _digests(storage, key)
    found = storage.stat(key)
    if found is None or str(found[0]) not in {size_bytes for _content, _stored, size_bytes in noted}:
        raise damaged(storage.address(key), "it has another size than it was stored with")
    known = noted[0] if len(noted) == 1 else _digests_of_stored(storage, key, noted)
    return known[0] == _content_digest(source, data_directory=data_directory)


def check_stored(storage: Storage, key: str) -> None:
    """Read an encrypted file, and return when it is as it was stored, which needs no identity.

    Raises Missing (``not-stored``), Damaged (``segment-damaged``), OSError.
    """
    _digests_of_stored(storage, key, _digests(storage, key))


def content_digests(storage: Storage, key: str) -> frozenset[str]:
    """The keyed digests of the content, by which encrypted files of one cluster can be compared; none: unknown."""
    return frozenset(content for content, _stored, _size in _noted(storage, key))


def _digests_of_stored(storage: Storage, key: str, noted: list[_Digests]) -> _Digests:
    """Those of the file as it is stored, which is read."""
    stored, read_bytes = hashlib.sha256(), 0
    with storage.read(key) as reading:
        for piece in reading:
            stored.update(piece)
            read_bytes += len(piece)
    for each in noted:
        if each[1:] == (stored.hexdigest(), str(read_bytes)):
            return each
    raise damaged(storage.address(key), "it is not what was stored")


def _digests(storage: Storage, key: str) -> list[_Digests]:
    found = _noted(storage, key)
    if not found:
        raise damaged(storage.address(key), f"its digests '{storage.address(digest_key(key))}' are missing or damaged")
    return found


def _noted(storage: Storage, key: str) -> list[_Digests]:
    """Digest of the content, digest and size in bytes of what is stored, for each time that somebody began to."""
    text = (storage.read_all(digest_key(key)) or b"").decode("ascii", "replace")
    lines = (line.split() for line in text.splitlines())
    return [(line[0], line[1], line[2]) for line in lines if len(line) == 3 and _are_digests(*line)]


def _are_digests(content: str, stored: str, size: str) -> bool:
    """Nothing else is taken over or told: the file may be a link to what the account alone may read."""
    digits = content + stored
    return len(content) == len(stored) == _HEX_DIGITS and not digits.strip("0123456789abcdef") and size.isdecimal()


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


__all__ = ("check_stored", "content_digests", "encrypted", "has_content_of")
