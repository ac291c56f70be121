# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Putting what one PUT does not take: in parts, which become an object at the end.

No store can be relied on to complete an upload under a condition, so writers keep each other away by the uploads
themselves: whoever is about to complete his own ends every other one for that key first, and then looks whether the
key is free. Had two completed, each would have had to begin after the other had looked for uploads. A writer whose
upload was ended is told so, and nothing of it is stored.

This is a second lock: in a backup a key has the backup's label in it, which one process has chosen while it held the
lease, and the record that makes it a backup is put last, by a single PUT under a condition.
"""

from __future__ import annotations

from ..._core.errors import AlreadyStored, Busy
from .client import content_md5
from .object_facts import is_writer, metadata_of, version_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from .client import S3Client

# An upload has at most 10,000 parts and an object 5 TB. Source: Amazon S3, "Multipart upload limits".
PART_BYTES = 1 << 25
_PARTS_OF_A_SIZE = 1250
_MOST_DOUBLINGS = 5
_NOT_FOUND = 404


class LargePut:
    """One upload of ``key``; ``token`` tells its object from others'."""

    def __init__(self, client: S3Client, key: str, *, token: str) -> None:
        self._client = client
        self._key = key
        self._token = token
        self._upload = ""

    def run(self, start: bytes, rest: Iterator[bytes], *, is_free: Callable[[], bool]) -> str:
        """Store the bytes and the pieces behind them; the version. Raises AlreadyStored, Busy (``repository-busy``)."""
        answer = self._client.ask("CreateMultipartUpload", key=self._key, Metadata=metadata_of(token=self._token)) or {}
        self._upload = str(answer["UploadId"])
        try:
            parts = [self._put_part(number, part) for number, part in enumerate(parts_of(start, rest), start=1)]
            for other in uploads_of(self._client, self._key):
                if other != self._upload:
                    end_upload(self._client, self._key, upload=other)
            if not is_free():
                self._taken()
            return self._completed(parts)
        except BaseException:
            end_upload(self._client, self._key, upload=self._upload)
            raise

    def _put_part(self, number: int, content: bytes) -> dict[str, Any]:
        answer = self._client.ask(
            "UploadPart",
            key=self._key,
            expects=(_NOT_FOUND,),
            UploadId=self._upload,
            PartNumber=number,
            Body=content,
            ContentMD5=content_md5(content),
        )
        if answer is None:
            raise self._ended()
        return {"PartNumber": number, "ETag": answer["ETag"]}

    def _completed(self, parts: list[dict[str, Any]]) -> str:
        answer = self._client.ask(
            "CompleteMultipartUpload",
            key=self._key,
            expects=(_NOT_FOUND,),
            UploadId=self._upload,
            MultipartUpload={"Parts": parts},
        )
        found = self._client.ask("HeadObject", key=self._key, expects=(_NOT_FOUND,))
        # An answer may have been lost, and the second try find nothing to complete.
        if found is None or (answer is None and not is_writer(found, self._token)):
            raise self._ended()
        return version_of(found, size_bytes=found["ContentLength"])

    def _taken(self) -> None:
        raise AlreadyStored(
            f"'{self._client.bucket.address(self._key)}' is already stored",
            code="already-stored",
            hint="Find out which content is right; nothing was overwritten.",
            key=self._key,
        )

    def _ended(self) -> Busy:
        return Busy(
            f"the upload of '{self._client.bucket.address(self._key)}' was ended by another writer of it, or by the"
            " store",
            code="repository-busy",
            hint="Try again; nothing of it was stored.",
        )


def parts_of(start: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    """The bytes and the pieces behind them as the parts of an upload, which grow with their number."""
    waiting, size, number = [start], len(start), 0
    for piece in rest:
        limit = PART_BYTES << min(number // _PARTS_OF_A_SIZE, _MOST_DOUBLINGS)
        if size >= limit:
            yield b"".join(waiting)
            waiting, size, number = [], 0, number + 1
        waiting.append(bytes(piece))
        size += len(piece)
    yield b"".join(waiting)


def uploads_of(client: S3Client, key: str) -> list[str]:
    """The uploads of this key that were not completed."""
    return [upload for found, upload, _started in unfinished_uploads(client, key) if found == client.full_key(key)]


def unfinished_uploads(client: S3Client, prefix: str) -> Iterator[tuple[str, str, float]]:
    """Key, identifier and beginning (Unix time) of every upload whose key begins so; keys are whole ones."""
    marker: dict[str, Any] = {}
    while True:
        answer = client.ask("ListMultipartUploads", Prefix=client.full_key(prefix), **marker) or {}
        for each in answer.get("Uploads", ()):
            yield each["Key"], each["UploadId"], each["Initiated"].timestamp()
        if not answer.get("IsTruncated"):
            return
        marker = {"KeyMarker": answer["NextKeyMarker"], "UploadIdMarker": answer.get("NextUploadIdMarker", "")}


def end_upload(client: S3Client, key: str, *, upload: str) -> None:
    """Let an upload never be completed, and its parts be removed."""
    client.ask("AbortMultipartUpload", key=key, expects=(_NOT_FOUND,), UploadId=upload)


__all__ = ("PART_BYTES", "LargePut", "end_upload", "parts_of", "unfinished_uploads", "uploads_of")
