# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One verification at a time."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.verify.lock import verify_lock

SINCE = datetime(2026, 11, 22, 15, tzinfo=timezone.utc)


def test_a_second_verification_is_told_who_runs(tmp_path: Path) -> None:
    with verify_lock(DirectoryStorage(str(tmp_path)), since=SINCE) as is_held:
        assert is_held
        with pytest.raises(Unavailable) as caught, verify_lock(DirectoryStorage(str(tmp_path)), since=SINCE):
            pytest.fail("two verifications hold the lock")
    assert caught.value.code == "verify-running"
    assert f"process {os.getpid()}" in caught.value.message and "since 2026-11-22T15:00:00" in caught.value.message
    with verify_lock(DirectoryStorage(str(tmp_path)), since=SINCE) as is_held:
        assert is_held


@pytest.mark.parametrize("content", [b"", b"{", b'{"what": "verify", "unknown": 1}', b"[]"])
def test_a_holder_that_has_not_said_who_it_is_counts_too(tmp_path: Path, content: bytes) -> None:
    with verify_lock(DirectoryStorage(str(tmp_path)), since=SINCE):
        (tmp_path / ".verify.lock").write_bytes(content)
        with pytest.raises(Unavailable) as caught, verify_lock(DirectoryStorage(str(tmp_path)), since=SINCE):
            pytest.fail("two verifications hold the lock")
    assert caught.value.code == "verify-running"


def test_where_nothing_can_be_written_no_lock_is_needed() -> None:
    with verify_lock(ClusterFolder("/nowhere", name="db1").storage, since=SINCE) as is_held:
        assert not is_held
