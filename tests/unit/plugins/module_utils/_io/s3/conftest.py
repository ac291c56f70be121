# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One object storage for all tests of this room."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from storage_bucket_place import BUCKET
from support.seaweed import Seaweed


def pytest_report_header() -> str:
    """Name the library in use, which has to be the one that was asked for."""
    import boto3

    wanted = os.environ.get("PITR_BOTO3", boto3.__version__)
    if boto3.__version__ != wanted:
        pytest.exit(f"boto3 {boto3.__version__} from {boto3.__file__} is found, not {wanted}", returncode=1)
    return f"boto3 {boto3.__version__}"


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    """A running server with one bucket."""
    made = Seaweed(tmp_path_factory.mktemp("seaweed"))
    made.start()
    made.client().create_bucket(Bucket=BUCKET)
    yield made
    made.discard()
