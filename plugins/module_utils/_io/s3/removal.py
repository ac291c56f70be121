# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removing objects of a bucket, and the uploads that killed writers have left."""

from __future__ import annotations

import itertools
import time

from .large_put import end_upload, unfinished_uploads
from .listing import keys_below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .client import S3Client

# Of one request. Source: Amazon S3, API Reference, DeleteObjects.
_BATCH = 1000
# A living writer sends a part of some megabytes within this time.
_SILENT_SECONDS = 3600.0


def remove_below(client: S3Client, folder: str) -> bool:
    """Remove every object below a folder and end every upload there; whether nothing is left."""
    for key, upload, _started in [*unfinished_uploads(client, f"{folder}/")]:
        end_upload(client, own_key(client, key), upload=upload)
    for batch in _batches(keys_below(client, folder)):
        objects = [{"Key": client.full_key(f"{folder}/{name}")} for name in batch]
        client.ask("DeleteObjects", Delete={"Objects": objects, "Quiet": True})
    return next(keys_below(client, folder), None) is None


def abandoned_uploads(client: S3Client, folder: str, *, is_deep: bool) -> Iterator[str]:
    """The keys below a folder with an upload that nobody goes on with."""
    prefix = f"{folder}/" if folder else ""
    for full, upload, started in [*unfinished_uploads(client, prefix)]:
        key = own_key(client, full)
        if (is_deep or "/" not in key[len(prefix) :]) and _is_abandoned(client, key, upload=upload, started=started):
            yield key


def end_abandoned(client: S3Client, keys: Iterable[str]) -> None:
    """End the uploads of these keys that nobody goes on with."""
    for key in keys:
        for full, upload, started in [*unfinished_uploads(client, key)]:
            if own_key(client, full) == key and _is_abandoned(client, key, upload=upload, started=started):
                end_upload(client, key, upload=upload)


def own_key(client: S3Client, full: str) -> str:
    """A key without the bucket's prefix."""
    return full[len(client.full_key("x")) - 1 :]


def _is_abandoned(client: S3Client, key: str, *, upload: str, started: float) -> bool:
    """Whether an upload was begun long ago, and no part has come to it lately."""
    if time.time() - started < _SILENT_SECONDS:
        return False
    answer = client.ask("ListParts", key=key, expects=(404,), UploadId=upload) or {}
    last = max((each["LastModified"].timestamp() for each in answer.get("Parts", ())), default=started)
    return not answer.get("IsTruncated") and time.time() - last > _SILENT_SECONDS


def _batches(names: Iterator[str]) -> Iterator[list[str]]:
    while batch := [*itertools.islice(names, _BATCH)]:
        yield batch


__all__ = ("abandoned_uploads", "end_abandoned", "own_key", "remove_below")
