# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What networks and busy stores do between a storage and its bucket loses nothing, and stores nothing twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import AlreadyStored, Refused, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.s3.client import S3Client
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.s3.large_put import uploads_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.s3.put import SINGLE_BYTES
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.s3.storage import S3Storage
from storage_bucket_place import LEASE_SECONDS, BucketPlace
from storage_place import KEY, PIECES, WHOLE
from store_proxy import StoreProxy
from support.seaweed import Seaweed

LARGE = [bytes([number]) * (1 << 20) for number in range(40)]


@pytest.fixture(scope="module")
def place(seaweed: Seaweed) -> BucketPlace:
    """A bucket."""
    return BucketPlace(seaweed)


@pytest.fixture
def proxy(seaweed: Seaweed) -> Iterator[StoreProxy]:
    """What lies between."""
    with StoreProxy(seaweed.endpoint) as made:
        yield made


@pytest.fixture
def storage(place: BucketPlace, proxy: StoreProxy) -> Iterator[S3Storage]:
    """The storage behind the proxy, empty again at the end."""
    client = S3Client(place.described(repository_s3_endpoint=proxy.endpoint))
    made = S3Storage(client, name=place.name, lease_seconds=LEASE_SECONDS)
    made.list("wal")
    yield made
    place.storage().delete_below("wal")


@pytest.mark.parametrize("faults", [[503], ["reset"], ["lost"], [500, "lost", 503]], ids=str)
def test_put_that_meets_a_fault_is_stored_once(
    faults: list[str | int], storage: S3Storage, proxy: StoreProxy, place: BucketPlace
) -> None:
    proxy.concerns = lambda method, path: method == "PUT" and KEY[-24:] in path
    proxy.faults = [*faults]
    version = storage.put(KEY, PIECES)
    found = place.storage().stat(KEY)
    assert found is not None and version == found[2] and not proxy.faults
    assert place.storage().read_all(KEY) == WHOLE
    with pytest.raises(AlreadyStored):
        storage.put(KEY, [b"other"])


@pytest.mark.parametrize("faults", [["cut"], ["cut", 503, "cut", "reset"]], ids=str)
def test_reading_that_breaks_off_goes_on_from_there(
    faults: list[str | int], storage: S3Storage, proxy: StoreProxy, place: BucketPlace
) -> None:
    place.storage().put(KEY, PIECES)
    proxy.concerns = lambda method, _path: method == "GET"
    proxy.faults = [*faults]
    with storage.read(KEY) as reading:
        assert b"".join(reading) == WHOLE
    assert not proxy.faults


def test_store_that_stays_busy_is_told_and_not_taken_for_an_empty_one(place: BucketPlace, proxy: StoreProxy) -> None:
    client = S3Client(place.described(repository_s3_endpoint=proxy.endpoint), attempts=3)
    storage = S3Storage(client, name=place.name)
    proxy.faults = [503] * 50
    with pytest.raises(Unavailable) as caught:
        storage.stat(KEY)
    assert (caught.value.code, len(proxy.requests)) == ("repository-unreachable", 3)
    proxy.faults = []
    assert storage.stat(KEY) is None


def test_what_one_put_does_not_take_is_whole_or_not_there(storage: S3Storage, proxy: StoreProxy) -> None:
    def pieces() -> Iterator[bytes]:
        yield from LARGE
        assert storage.stat(KEY) is None
        proxy.faults = [503, "lost"]

    assert sum(map(len, LARGE)) > SINGLE_BYTES
    version = storage.put(KEY, pieces())
    found = storage.stat(KEY)
    assert found is not None and (found[0], found[2]) == (sum(map(len, LARGE)), version)
    with storage.read(KEY) as reading:
        assert b"".join(reading) == b"".join(LARGE)
    assert storage.put(KEY, LARGE) is None
    with pytest.raises(AlreadyStored):
        storage.put(KEY, [*LARGE, b"more"])


def test_two_large_writers_do_not_both_succeed(place: BucketPlace, storage: S3Storage) -> None:
    def pieces() -> Iterator[bytes]:
        yield from LARGE
        # Another one has begun later, and is done before.
        assert place.storage().put(KEY, [*LARGE, b"other"]) is not None

    with pytest.raises((AlreadyStored, Unavailable)):
        storage.put(KEY, pieces())
    found = place.storage().stat(KEY)
    assert found is not None and found[0] == sum(map(len, LARGE)) + 5
    client = S3Client(place.described())
    assert uploads_of(client, f"{place.name}/{KEY}") == []


def test_pieces_of_a_large_one_that_fail_leave_nothing(place: BucketPlace, storage: S3Storage) -> None:
    def pieces() -> Iterator[bytes]:
        yield from LARGE
        raise Unavailable("no more", code="source-missing")

    with pytest.raises(Unavailable, match="no more"):
        storage.put(KEY, pieces())
    assert [key for key in place.everything() if key.endswith(KEY)] == []


def test_lease_that_another_has_taken_over_is_lost_before_the_next_write(
    place: BucketPlace, storage: S3Storage, proxy: StoreProxy
) -> None:
    lease = storage.lease("wal/.lock")
    proxy.concerns = lambda _method, _path: True
    # As if this process or its network had stood still.
    proxy.faults = [403] * 100_000
    with place.storage().lease("wal/.lock", wait_seconds=60):
        proxy.faults = []
        with pytest.raises(Unavailable) as caught:
            storage.put(KEY, [b"x"])
        assert caught.value.code == "lease-lost"
        assert place.storage().stat(KEY) is None
    lease.release()


def test_store_that_overwrites_is_refused(place: BucketPlace, proxy: StoreProxy) -> None:
    place.storage().prepare()
    proxy.ignores_conditions = True
    client = S3Client(place.described(repository_s3_endpoint=proxy.endpoint))
    with pytest.raises(Refused) as caught:
        S3Storage(client, name=place.name).prepare()
    assert caught.value.code == "repository-overwrites"
    assert [key for key in place.stored() if ".probe" in key] == []
