# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a store keeps what it has: some that call themselves compatible overwrite in spite of the condition."""

from __future__ import annotations

from ..._core.errors import Refused
from .client import CREATE_ONLY, content_md5
from .object_facts import new_token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .client import S3Client

_CONFLICT, _NOT_MET = 409, 412


def probe(client: S3Client, folder: str) -> None:
    """Put one key twice, and return when the second was refused.

    Raises Refused (``repository-overwrites``), Unavailable (``repository-missing``, ``repository-not-writable``, …).
    """
    key = "/".join(part for part in (folder, f".probe-{new_token()}") if part)
    try:
        _put(client, key, b"first")
        overwrites = _put(client, key, b"second")
    finally:
        client.ask("DeleteObject", key=key, expects=(404,))
    if overwrites:
        raise Refused(
            f"the object storage of '{client.bucket.address()}' does not keep what is stored: asked to store an object"
            " only where there is none (If-None-Match: *), it overwrote one",
            code="repository-overwrites",
            hint="Use a store that honours conditional writes (Amazon S3, Ceph 16 and later, MinIO, SeaweedFS); on this"
            " one two servers could overwrite each other's WAL.",
        )


def _put(client: S3Client, key: str, content: bytes) -> bool:
    answer = client.ask(
        "PutObject",
        key=key,
        expects=(_CONFLICT, _NOT_MET),
        headers=CREATE_ONLY,
        Body=content,
        ContentMD5=content_md5(content),
    )
    return answer is not None


__all__ = ("probe",)
