# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A storage in a bucket keeps what every storage has to keep; the bucket is one of a real server."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.bucket import Bucket
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.s3.reading import S3Reading
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.s3.storage import S3Storage
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.port import Reading, Storage
from storage_bucket_place import BucketPlace
from storage_contract import ListContract, PutContract
from storage_contract_processes import FailureContract, LeaseContract, WritersContract
from support.seaweed import Seaweed


@pytest.fixture
def place(seaweed: Seaweed) -> Iterator[BucketPlace]:
    """An empty place in the bucket."""
    made = BucketPlace(seaweed)
    yield made
    made.discard()


class TestS3(PutContract, ListContract, LeaseContract, WritersContract, FailureContract):
    """A storage in a bucket."""


def test_nothing_of_the_library_is_imported_before_the_first_request() -> None:
    # PostgreSQL starts the program for each segment, and most calls of a burst find theirs stored.
    room, core = (find_spec(kind.__module__) for kind in (S3Storage, Bucket))
    assert room is not None and core is not None
    script = (
        f"import sys; from {core.name} import Bucket; from {room.name} import bucket_of_cluster;"
        "storage = bucket_of_cluster(Bucket('b'), name='db1');"
        "assert storage.local_directory('') is None and storage.address('x') == 's3://b/db1/x';"
        "print(*sorted(each for each in ('boto3', 'botocore', 'hashlib', 'email', 'json') if each in sys.modules))"
    )
    paths = os.pathsep.join(each for each in sys.path if each)
    argv = ["env", f"PYTHONPATH={paths}", sys.executable, "-B", "-S", "-c", script]
    assert subprocess.run(argv, check=True, capture_output=True, text=True).stdout == "\n"


def test_a_storage_in_a_bucket_has_all_that_the_port_asks_for() -> None:
    for port, kind in ((Storage, S3Storage), (Reading, S3Reading)):
        for name in (name for name in vars(port) if not name.startswith("_") or name == "__iter__"):
            if callable(getattr(port, name)):
                assert inspect.signature(getattr(kind, name)) == inspect.signature(getattr(port, name)), name
