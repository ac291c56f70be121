# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in a bucket, by listings."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from .client import S3Client

# A listing of some more names than wanted takes less time than asking for so many, one after the other.
_WORTH_LISTING = 4


def names_below(client: S3Client, folder: str, *, is_deep: bool, hidden: bool) -> list[str]:
    """The names below a folder: of one level, or all to their ends."""
    names = keys_below(client, folder) if is_deep else _level(client, folder)
    return [name for name in names if _is_shown(name, hidden=hidden)]


def keys_below(client: S3Client, folder: str) -> Iterator[str]:
    """Every key below a folder, hidden ones too, without the folder."""
    prefix = _prefix(client, folder)
    for answer in _pages(client, prefix):
        yield from (each["Key"][len(prefix) :] for each in answer.get("Contents", ()))


def listed_stats(client: S3Client, keys: Iterable[str]) -> dict[str, tuple[int, float, str] | None]:
    """Size, time and version of those keys of whose folder many are wanted; ``None``: it is not there."""
    folders: dict[str, set[str]] = {}
    for key in keys:
        folders.setdefault(key.rpartition("/")[0], set()).add(key)
    found: dict[str, tuple[int, float, str] | None] = {}
    for wanted in folders.values():
        if len(wanted) >= _WORTH_LISTING:
            found.update(dict.fromkeys(wanted))
            found.update(_stats_among(client, wanted))
    return found


def _stats_among(client: S3Client, wanted: set[str]) -> Iterator[tuple[str, tuple[int, float, str]]]:
    """Those that are there, by a listing of what begins as all of them do, up to the last one.

    Without what lies deeper, which not every store lists in the order of the keys.
    """
    from .object_facts import version_of

    key_by_full = {client.full_key(key): key for key in wanted}
    first, last = min(key_by_full), max(key_by_full)
    same = next((at for at, (one, other) in enumerate(zip(first, last)) if one != other), len(first))
    for answer in _pages(client, first[:same], Delimiter="/"):
        listed = answer.get("Contents", ())
        for each in listed:
            key = key_by_full.get(each["Key"])
            if key is not None:
                size_bytes = each["Size"]
                yield key, (size_bytes, each["LastModified"].timestamp(), version_of(each, size_bytes=size_bytes))
        if listed and listed[-1]["Key"] >= last:
            return


def _level(client: S3Client, folder: str) -> Iterator[str]:
    prefix = _prefix(client, folder)
    skip = len(prefix)
    for answer in _pages(client, prefix, Delimiter="/"):
        yield from (each["Key"][skip:] for each in answer.get("Contents", ()) if len(each["Key"]) > skip)
        yield from (each["Prefix"][skip:-1] for each in answer.get("CommonPrefixes", ()))


def _prefix(client: S3Client, folder: str) -> str:
    """How every key below a folder begins."""
    full = client.full_key(folder) if folder else client.bucket.prefix
    return f"{full}/" if full else ""


def _pages(client: S3Client, prefix: str, **parameters: Any) -> Iterator[dict[str, Any]]:
    """The answers of a listing, of a thousand keys each."""
    more: dict[str, Any] = {}
    while True:
        answer = client.ask("ListObjectsV2", Prefix=prefix, **parameters, **more) or {}
        yield answer
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


__all__ = ("keys_below", "listed_stats", "names_below")
