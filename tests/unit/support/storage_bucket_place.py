# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bucket of a real object storage as the place of a storage."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.bucket import Bucket
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.s3.client import S3Client
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.s3.storage import S3Storage
from storage_place import StoragePlace
from store_proxy import StoreProxy
from support.seaweed import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Seaweed

NUMBERS = itertools.count(1)
LEASE_SECONDS = 4
# One for all places: the first object of a bucket takes the server a fifth of a second, on a busy machine several.
BUCKET = "backups"
_REPOSITORY = "it's/a repository"


class BucketPlace(StoragePlace):
    """A cluster of its own in the bucket of a running server, below a prefix."""

    # A put takes eight thousand calls, most of them to sign and to send the request.
    stride = 601
    many = 2_050
    # After each kill the lease of the dead is waited for.
    replacement_stride = 5_003

    def __init__(self, server: Seaweed) -> None:
        self.server = server
        self.bucket = BUCKET
        self.name = f"{next(NUMBERS)}/db1"
        self._library = server.client()
        self._owner = os.getpid()
        self._endpoint = server.endpoint
        self._used, self._unused = _clients(self)

    def described(self, **more: object) -> Bucket:
        """The bucket in our words."""
        settings = {
            "repository_s3_bucket": self.bucket,
            "repository_s3_prefix": _REPOSITORY,
            "repository_s3_endpoint": self._endpoint,
            "repository_s3_path_style": True,
            "repository_s3_access_key_id": ACCESS_KEY_ID,
            "repository_s3_secret_access_key": SECRET_ACCESS_KEY,
        }
        made = Bucket.named({**settings, **more})
        assert made is not None
        return made

    def client(self) -> S3Client:
        """That of this process; ``full`` has another one."""
        if os.getpid() != self._owner:
            return self._unused
        if self._endpoint != self.server.endpoint:
            return S3Client(self.described())
        return self._used

    def storage(self) -> S3Storage:
        return S3Storage(self.client(), name=self.name, lease_seconds=LEASE_SECONDS)

    def stored(self) -> list[str]:
        """Every key of the cluster, leases included; nothing else may be in the bucket."""
        found = self._keys()
        prefix = f"{_REPOSITORY}/{self.name}/"
        assert all(key.startswith(prefix) for key in found), found
        return sorted(key[len(prefix) :] for key in found)

    def _keys(self) -> list[str]:
        """All keys of the bucket but those of other places."""
        pages = self._library.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        found = [each["Key"] for page in pages for each in page.get("Contents", ())]
        others = re.compile(rf"{_REPOSITORY}/\d+/db1/")
        return [key for key in found if key.startswith(f"{_REPOSITORY}/{self.name}/") or not others.match(key)]

    def discard(self) -> None:
        """Remove what a test has left."""
        keys = self._keys()
        for first in range(0, len(keys), 1000):
            objects = [{"Key": key} for key in keys[first : first + 1000]]
            self._library.delete_objects(Bucket=self.bucket, Delete={"Objects": objects, "Quiet": True})

    def everything(self) -> list[str]:
        hidden = (".gate", ".progress")
        uploads = self._library.list_multipart_uploads(Bucket=self.bucket, Prefix=f"{_REPOSITORY}/{self.name}/").get(
            "Uploads", []
        )
        keys = [key for key in self.stored() if "/.lease-" not in f"/{key}" and not key.endswith(hidden)]
        return sorted([*keys, *(each["Key"] for each in uploads)])

    def fill(self, folder: str, *, count: int) -> None:
        prefix = self.storage().address(folder)[len(f"s3://{self.bucket}/") :]
        self.server.fill(self.bucket, keys=(f"{prefix}/{number:06}" for number in range(count)))

    @contextmanager
    def full(self) -> Iterator[None]:
        with StoreProxy(self.server.endpoint) as proxy:
            proxy.most_bytes = 300_000
            self._endpoint = proxy.endpoint
            yield
        self._endpoint = self.server.endpoint

    @contextmanager
    def vanished(self) -> Iterator[Callable[[], list[str]]]:
        content = {}
        for key in [each["Key"] for each in self._library.list_objects_v2(Bucket=self.bucket)["Contents"]]:
            content[key] = self._library.get_object(Bucket=self.bucket, Key=key)["Body"].read()
            self._library.delete_object(Bucket=self.bucket, Key=key)
        self._library.delete_bucket(Bucket=self.bucket)
        yield lambda: [each["Name"] for each in self._library.list_buckets()["Buckets"] if each["Name"] == self.bucket]
        self._library.create_bucket(Bucket=self.bucket)
        for key, data in content.items():
            self._library.put_object(Bucket=self.bucket, Key=key, Body=data)


_MADE: dict[str, tuple[S3Client, S3Client]] = {}


def _clients(place: BucketPlace) -> tuple[S3Client, S3Client]:
    """What this process uses for all places of a server, and what a child process takes, which has no connection yet.

    To make one takes a fifth of a second of a processor.
    """
    described = place.described()
    if described.endpoint not in _MADE:
        _MADE[described.endpoint] = S3Client(described, seen_seconds=0), S3Client(described).prepare()
    return _MADE[described.endpoint]
