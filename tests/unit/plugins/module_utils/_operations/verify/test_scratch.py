# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory for copies of segments."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.verify.scratch import scratch_directory


@pytest.mark.parametrize(
    ("cluster_path", "is_alone", "is_removed"),
    [
        pytest.param("/srv/pitr/db1", True, True, id="of a killed run of this cluster"),
        pytest.param("/srv/pitr/db1", False, False, id="another run may be using it"),
        pytest.param("/srv/pitr/db2", True, False, id="of another cluster"),
    ],
)
def test_directories_that_were_left(cluster_path: str, *, is_alone: bool, is_removed: bool) -> None:
    with scratch_directory("/srv/pitr/db1", is_alone=False) as left:
        Path(left, "000000010000000000000003").write_bytes(b"x")
        with scratch_directory(cluster_path, is_alone=is_alone) as scratch:
            assert os.listdir(scratch) == []
            assert os.path.exists(left) is not is_removed
        assert not os.path.exists(scratch)
        os.makedirs(left, exist_ok=True)
    assert not os.path.exists(left)
