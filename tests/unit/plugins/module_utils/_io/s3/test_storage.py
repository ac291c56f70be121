# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A storage in a bucket keeps what every storage has to keep; the bucket is one of a real server."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.s3.reading import S3Reading
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.s3.storage import S3Storage
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.port import Reading, Storage
from storage_bucket_place import BucketPlace
from storage_contract import ListContract, PutContract
from storage_contract_processes import FailureContract, LeaseContract, WritersContract
from support.seaweed import Seaweed


@pytest.fixture
def place(seaweed: Seaweed) -> Iterator[BucketPlace]:
    """An empty bucket."""
    return BucketPlace(seaweed)


class TestS3(PutContract, ListContract, LeaseContract, WritersContract, FailureContract):
    """A storage in a bucket."""


def test_a_storage_in_a_bucket_has_all_that_the_port_asks_for() -> None:
    for port, kind in ((Storage, S3Storage), (Reading, S3Reading)):
        for name in (name for name in vars(port) if not name.startswith("_") or name == "__iter__"):
            if callable(getattr(port, name)):
                assert inspect.signature(getattr(kind, name)) == inspect.signature(getattr(port, name)), name
