# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names in a bucket."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .client import S3Client


def names_below(client: S3Client, folder: str, *, is_deep: bool, hidden: bool) -> list[str]:
    """The names below a folder: of one level, or all to their ends."""
    names = keys_below(client, folder) if is_deep else _level(client, folder)
    return [name for name in names if _is_shown(name, hidden=hidden)]


def keys_below(client: S3Client, folder: str) -> Iterator[str]:
    """Every key below a folder, hidden ones too, without the folder."""
    for answer in _pages(client, folder):
        yield from (each["Key"][answer["skip"] :] for each in answer.get("Contents", ()))


def _level(client: S3Client, folder: str) -> Iterator[str]:
    for answer in _pages(client, folder, Delimiter="/"):
        skip = answer["skip"]
        yield from (each["Key"][skip:] for each in answer.get("Contents", ()) if len(each["Key"]) > skip)
        yield from (each["Prefix"][skip:-1] for each in answer.get("CommonPrefixes", ()))


def _pages(client: S3Client, folder: str, **parameters: Any) -> Iterator[dict[str, Any]]:
    """The answers of a listing, of a thousand keys each; ``skip`` is how much of each key names the folder."""
    full = client.full_key(folder) if folder else client.bucket.prefix
    prefix = f"{full}/" if full else ""
    more: dict[str, Any] = {}
    while True:
        answer = client.ask("ListObjectsV2", Prefix=prefix, **parameters, **more) or {}
        yield {**answer, "skip": len(prefix)}
        if not answer.get("IsTruncated"):
            return
        more = {"ContinuationToken": answer["NextContinuationToken"]}


def _is_shown(name: str, *, hidden: bool) -> bool:
    """Names that begin with a dot are hidden; below a hidden folder nothing is.

    >>> [_is_shown(name, hidden=False) for name in ("a/b", ".a/b", "a/.b")], _is_shown(".a", hidden=True)
    ([True, False, False], True)
    """
    first, _slash, below = name.partition("/")
    return (hidden or first[:1] != ".") and not any(part[:1] == "." for part in below.split("/"))


__all__ = ("keys_below", "names_below")
