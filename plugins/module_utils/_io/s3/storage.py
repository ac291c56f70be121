# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage that is a bucket of an object storage, or a part of one."""

from __future__ import annotations

from ..._core.errors import AlreadyStored, Changed, Missing
from ..._core.repository.bucket import Bucket
from ..host.files import SMALL_FILE_BYTES, too_large
from ..storage.place import ABSENT, ANY
from .client import S3Client
from .listing import listed_stats, names_below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ..._core.repository.lease_log import Holder
    from ..storage.port import Lease, Reading, Storage
    from .lease import LeaseLog, S3Lease
else:
    Storage = object

_NOT_FOUND = 404
_TURN_SECONDS = 60.0
_TURN = ".turn-"


class S3Storage(Storage):
    """What lies below ``name`` in the bucket; empty: the whole of what the bucket's prefix has.

    While it holds a lease it writes nothing before it has made sure that it does. ``lease_seconds`` unset means the
    usual time after which a holder that is silent has lost it.
    """

    def __init__(self, client: S3Client, *, name: str = "", lease_seconds: int | None = None) -> None:
        self._client = client
        self._name = name
        self._lease_seconds = lease_seconds
        self._leases: list[S3Lease] = []

    def address(self, key: str = "") -> str:
        """Bucket and key."""
        return self._client.bucket.address(self._key(key))

    def put(
        self,
        key: str,
        pieces: Iterable[bytes],
        *,
        replaces: str = ABSENT,
        unless: Iterable[str] = (),
        is_same: Callable[[str], bool] | None = None,
        is_durable: bool = True,
    ) -> str | None:
        """Store the pieces as one object."""
        from .put import S3Put, put_over

        # Some stores would make a bucket that is not there.
        self._client.check_bucket()
        self._confirm_leases()
        if replaces == ABSENT:
            others = [self._key(other) for other in unless]
            same = None if is_same is None else lambda full: is_same(self._own(full))
            try:
                return S3Put(self._client, self._key(key), others=others).run(pieces, is_same=same)
            except AlreadyStored as error:
                error.key = self._own(error.key)
                raise
        if replaces == ANY:
            return put_over(self._client, self._key(key), pieces=pieces)
        return self._replace(key, pieces, version=replaces)

    def _replace(self, key: str, pieces: Iterable[bytes], *, version: str) -> str | None:
        """Replace a version. The lease makes writers take turns, and most stores compare the version themselves."""
        from .put import put_over

        folder, slash, last = key.rpartition("/")
        with self.lease(f"{folder}{slash}{_TURN}{last}", wait_seconds=_TURN_SECONDS):
            content = b"".join(pieces)
            tag = self._tag(key, version=version)
            stored, full = None, self._key(key)
            if tag:
                stored = put_over(self._client, full, pieces=[content], headers={"If-Match": tag})
            # A store that does not know the condition refuses it always, and says nothing of the version.
            if tag and stored is None and self._tag(key, version=version):
                stored = put_over(self._client, full, pieces=[content])
        if stored is None:
            raise Changed(
                f"'{self.address(key)}' was changed by somebody else meanwhile",
                code="record-changed",
                hint="Try again; nothing was overwritten.",
            )
        return stored

    def _tag(self, key: str, *, version: str) -> str | None:
        """What the store calls this version; ``None``: it is not there any more."""
        from .object_facts import version_of

        found = self._client.ask("HeadObject", key=self._key(key), expects=(_NOT_FOUND,))
        is_it = found is not None and version_of(found, size_bytes=found["ContentLength"]) == version
        return str(found["ETag"]) if found is not None and is_it else None

    def read(self, key: str, *, offset: int = 0) -> Reading:
        """The object, as it comes."""
        from .reading import S3Content, S3Reading

        return S3Reading(S3Content(self._client, self._key(key), offset=offset))

    def read_all(self, key: str, *, limit_bytes: int = SMALL_FILE_BYTES) -> bytes | None:
        """The content of the object."""
        from .reading import S3Content

        try:
            content = S3Content(self._client, self._key(key))
        except Missing:
            return None
        pieces, left = [], limit_bytes
        try:
            for piece in content.pieces():
                left -= len(piece)
                if left < 0:
                    raise too_large(self.address(key), limit_bytes=limit_bytes)
                pieces.append(piece)
        finally:
            content.close()
        return b"".join(pieces)

    def stat(self, key: str) -> tuple[int, float, str] | None:
        """The object's size, time and version."""
        from .object_facts import version_of

        found = self._client.ask("HeadObject", key=self._key(key), expects=(_NOT_FOUND,))
        if found is None:
            self._client.check_bucket()
            return None
        size_bytes = found["ContentLength"]
        return size_bytes, found["LastModified"].timestamp(), version_of(found, size_bytes=size_bytes)

    def stat_many(self, keys: Iterable[str]) -> Iterator[tuple[int, float, str] | None]:
        """The objects' sizes, times and versions, by listings where there are many of one folder."""
        pairs = [(key, self._key(key)) for key in keys]
        listed = listed_stats(self._client, [full for _key, full in pairs])
        return (listed[full] if full in listed else self.stat(key) for key, full in pairs)

    def list(self, prefix: str = "", *, delimiter: str = "/", hidden: bool = False) -> Sequence[str]:
        """The names below."""
        return names_below(self._client, self._key(prefix), is_deep=not delimiter, hidden=hidden)

    def delete(self, keys: Iterable[str]) -> None:
        """Remove one after the other, so that a killed run leaves what comes last."""
        for key in keys:
            self._confirm_leases()
            self._client.ask("DeleteObject", key=self._key(key), expects=(_NOT_FOUND,))

    def delete_below(self, prefix: str) -> bool:
        """Remove all objects, and end all uploads."""
        from .removal import remove_below

        self._confirm_leases()
        return remove_below(self._client, self._key(prefix))

    def lease(self, name: str, *, shared: bool = False, wait_seconds: float = 0, is_stored: bool = False) -> Lease:
        """Hold it by an object that is renewed."""
        from .lease import hold_lease

        if is_stored:
            self._check_stored(name)
        lease = hold_lease(
            self._log(name),
            shared=shared,
            wait_seconds=wait_seconds,
            address=self.address(name),
            on_release=self._leases.remove,
        )
        self._leases.append(lease)
        if is_stored and self.stat(name) is None:
            lease.release()
            self._check_stored(name)
        return lease

    def holder(self, name: str) -> str | None:
        """What he noted."""
        living = self._living(name)
        return next((each.note for each in living if not each.is_shared), None)

    def is_held(self, name: str) -> bool:
        """Whether anybody has renewed it lately."""
        return bool(self._living(name))

    def room(self) -> int | None:
        """Nobody knows."""
        return None

    def local_directory(self, prefix: str) -> str | None:
        """None of this host."""
        return None

    def adopt(self, prefix: str) -> None:
        """No other program writes there."""

    def prepare(self, folders: Iterable[str] = ()) -> None:
        """See that the bucket is there and keeps what it has: there are no folders to be made."""
        from .probe import probe

        probe(self._client, self._key())

    def unfinished(self, prefix: str = "", *, delimiter: str = "/") -> Sequence[str]:
        """The keys of uploads that no part has come to for an hour."""
        from .removal import abandoned_uploads

        found = abandoned_uploads(self._client, self._key(prefix), is_deep=not delimiter)
        return sorted({self._own(key) for key in found})

    def discard(self, keys: Iterable[str]) -> None:
        """End these uploads."""
        from .removal import end_abandoned

        end_abandoned(self._client, [self._key(key) for key in keys])

    def prune(self, prefix: str) -> None:
        """There are no folders."""

    def outside(self) -> tuple[Storage, str]:
        """All that the bucket's prefix has."""
        return S3Storage(self._client, lease_seconds=self._lease_seconds), self._name

    def _check_stored(self, name: str) -> None:
        if self.stat(name) is None:
            raise Missing(
                f"'{self.address(name)}' is not there",
                code="not-stored",
                hint="See whether it was removed, or never stored.",
            )

    def _confirm_leases(self) -> None:
        for lease in [*self._leases]:
            lease.confirm()

    def _living(self, name: str) -> tuple[Holder, ...]:
        log = self._log(name)
        _number, state, now = log.look()
        return state.living(now=now, seconds=log.seconds)

    def _log(self, name: str) -> LeaseLog:
        from .lease import LEASE_SECONDS, LeaseLog

        return LeaseLog(self._client, self._key(name), seconds=self._lease_seconds or LEASE_SECONDS)

    def _key(self, key: str = "") -> str:
        return "/".join(part for part in (self._name, key) if part)

    def _own(self, key: str) -> str:
        return key[len(self._name) + 1 :] if self._name else key


def bucket_of_cluster(bucket: Bucket, *, name: str) -> Storage:
    """The storage of one cluster of a repository in object storage. Nothing is reached yet."""
    return S3Storage(S3Client(bucket), name=name)


def bucket_of_repository(bucket: Bucket) -> Storage:
    """The storage of the whole repository there."""
    return S3Storage(S3Client(bucket))


__all__ = ("S3Storage", "bucket_of_cluster", "bucket_of_repository")
