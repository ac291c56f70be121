# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Putting an object into a bucket: whole, and over another one only where that is meant.

The one condition that stores keep is ``If-None-Match: *`` on a single PUT: of many writers of a key one wins. Its
refusal (412, or 409 beside another writer) only means: look again. A request that was tried twice, because its answer
was lost, is told by a token among the object's metadata. What is larger than one PUT takes is :class:`LargePut`'s.
"""

from __future__ import annotations

import hashlib
import time
from itertools import chain

from ..._core.errors import AlreadyStored, Busy
from .client import CREATE_ONLY, content_md5
from .large_put import LargePut
from .object_facts import is_writer, metadata_of, new_token, noted_digest, version_of
from .reading import S3Content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any, NoReturn

    from .client import S3Client

SINGLE_BYTES = 1 << 25
_ATTEMPTS = 8
_PAUSE_SECONDS = 0.2
_NOT_FOUND, _CONFLICT, _NOT_MET = 404, 409, 412


class S3Put:
    """One put of ``key`` where nothing is replaced; ``others`` are names under which the same may be stored."""

    def __init__(self, client: S3Client, key: str, *, others: Iterable[str] = ()) -> None:
        self._client = client
        self._key = key
        self._others = [other for other in others if other != key]
        self._token = new_token()

    def run(self, pieces: Iterable[bytes], *, is_same: Callable[[str], bool] | None) -> str | None:
        """Store the pieces; the version, ``None``: it was there already."""
        found = next(iter(self._present((self._key, *self._others))), None) if self._others else None
        if found is not None:
            self._check_same(found, pieces=pieces, is_same=is_same)
            return None
        start, rest = first_bytes(pieces)
        if rest is None:
            version = self._put_small(start, is_same=is_same)
        else:
            version = self._put_large(start, rest, is_same=is_same)
        if version is not None and self._others:
            self._look_again(is_same=is_same)
        return version

    def _put_small(self, content: bytes, *, is_same: Callable[[str], bool] | None) -> str | None:
        metadata = metadata_of(token=self._token, content=content)
        for attempt in range(_ATTEMPTS):
            answer = self._client.ask(
                "PutObject",
                key=self._key,
                expects=(_CONFLICT, _NOT_MET),
                headers=CREATE_ONLY,
                Body=content,
                ContentMD5=content_md5(content),
                Metadata=metadata,
            )
            if answer is not None:
                return version_of(answer, size_bytes=len(content))
            found = self._head()
            if found is not None and is_writer(found, self._token):
                return version_of(found, size_bytes=len(content))
            if found is not None:
                self._check_same(self._key, pieces=(content,), is_same=is_same)
                return None
            time.sleep(_PAUSE_SECONDS * attempt)
        raise Busy(
            f"'{self._client.bucket.address(self._key)}' is being written and removed by others",
            code="repository-busy",
            hint="Try again.",
        )

    def _put_large(self, start: bytes, rest: Iterator[bytes], *, is_same: Callable[[str], bool] | None) -> str | None:
        if self._head() is not None:
            self._check_same(self._key, pieces=chain((start,), rest), is_same=is_same)
            return None
        large = LargePut(self._client, self._key, token=self._token)
        try:
            return large.run(start, rest, is_free=lambda: self._head() is None)
        except AlreadyStored:
            if is_same is None:
                raise
            self._check_same(self._key, pieces=(), is_same=is_same)
            return None

    def _look_again(self, *, is_same: Callable[[str], bool] | None) -> None:
        """Two writers may have stored the same thing under two names at once: where it is not the same, neither has.

        Nobody has been told yet that this one is stored.
        """
        for other in self._present(self._others):
            try:
                self._check_same(other, pieces=self._stored(), is_same=is_same)
            except AlreadyStored:
                self._client.ask("DeleteObject", key=self._key)
                raise

    def _present(self, keys: Sequence[str]) -> list[str]:
        """Which of these keys, which begin alike, something is stored under, in their order; by one request."""
        prefix = self._client.full_key(_beginning(keys))
        answer = self._client.ask("ListObjectsV2", Prefix=prefix) or {}
        found = {each["Key"] for each in answer.get("Contents", ())}
        return [key for key in keys if self._client.full_key(key) in found]

    def _head(self) -> dict[str, Any] | None:
        return self._client.ask("HeadObject", key=self._key, expects=(_NOT_FOUND,))

    def _stored(self) -> Iterator[bytes]:
        yield from S3Content(self._client, self._key).pieces()

    def _check_same(self, key: str, *, pieces: Iterable[bytes], is_same: Callable[[str], bool] | None) -> None:
        if not (self._has_content(key, pieces) if is_same is None else is_same(key)):
            self._already_stored(key)

    def _has_content(self, key: str, pieces: Iterable[bytes]) -> bool:
        mine = _digest_of(pieces)
        found = self._client.ask("HeadObject", key=key, expects=(_NOT_FOUND,)) or {}
        return mine == (noted_digest(found) or _digest_of(S3Content(self._client, key).pieces()))

    def _already_stored(self, key: str) -> NoReturn:
        raise AlreadyStored(
            f"'{self._client.bucket.address(key)}' is already stored with other content",
            code="already-stored",
            hint="Find out which content is right; nothing was overwritten.",
            key=key,
        )


def put_over(
    client: S3Client, key: str, *, pieces: Iterable[bytes], headers: dict[str, str] | None = None
) -> str | None:
    """Store a small object over whatever is there; the version, ``None``: the condition in ``headers`` is not met."""
    content = b"".join(pieces)
    answer = client.ask(
        "PutObject",
        key=key,
        expects=(_CONFLICT, _NOT_MET, _NOT_FOUND) if headers else (),
        headers=headers,
        Body=content,
        ContentMD5=content_md5(content),
        Metadata=metadata_of(content=content),
    )
    return None if answer is None else version_of(answer, size_bytes=len(content))


def first_bytes(pieces: Iterable[bytes]) -> tuple[bytes, Iterator[bytes] | None]:
    """What one PUT takes of these pieces, and the rest; ``None``: that is all."""
    taken: list[bytes] = []
    size = 0
    remaining = iter(pieces)
    for piece in remaining:
        taken.append(bytes(piece))
        size += len(piece)
        if size > SINGLE_BYTES:
            return b"".join(taken), remaining
    return b"".join(taken), None


def _beginning(keys: Sequence[str]) -> str:
    """What all of them begin with.

    >>> _beginning(["wal/03.zst", "wal/03", "wal/03.gz"])
    'wal/03'
    """
    first, last = min(keys), max(keys)
    same = (index for index, character in enumerate(first) if character != last[index])
    return first[: next(same, len(first))]


def _digest_of(pieces: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


__all__ = ("SINGLE_BYTES", "S3Put", "first_bytes", "put_over")
