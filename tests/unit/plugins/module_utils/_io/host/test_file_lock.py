# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.file_lock import try_lock, wait_for_lock


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """One file, opened twice."""
    path = tmp_path / "lock"
    descriptors = [os.open(path, os.O_RDWR | os.O_CREAT) for _number in range(2)]
    yield descriptors[0], descriptors[1]
    for descriptor in descriptors:
        try:
            os.close(descriptor)
        except OSError:
            continue


@pytest.mark.parametrize(
    ("first_shares", "second_shares", "is_free"),
    [(False, False, False), (False, True, False), (True, False, False), (True, True, True)],
)
def test_only_those_who_share_hold_it_together(
    two: tuple[int, int], first_shares: bool, second_shares: bool, is_free: bool
) -> None:
    assert try_lock(two[0], shared=first_shares)
    assert try_lock(two[1], shared=second_shares) == is_free
    assert wait_for_lock(two[1], shared=second_shares, seconds=0.1) == is_free


def test_lock_ends_with_the_descriptor_that_holds_it(two: tuple[int, int]) -> None:
    assert try_lock(two[0])
    threading.Timer(0.2, os.close, [two[0]]).start()
    assert wait_for_lock(two[1], seconds=30)
