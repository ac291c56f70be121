# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The progress of a verification as text."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.verify.progress import VerifyProgress


@pytest.mark.parametrize(
    ("progress", "expected"),
    [
        pytest.param(
            VerifyProgress(1, 4, 3, 9, 2 << 20, 0, 2.4),
            "1 of 4 archives and manifests, 3 of 9 WAL segments, 2.00 MiB in 2 s",
            id="files and WAL",
        ),
        pytest.param(
            VerifyProgress(0, 0, 3, 9, 0, 1, 0.0), "3 of 9 WAL segments, 0 B in 0 s, 1 problem found", id="WAL only"
        ),
        pytest.param(
            VerifyProgress(4, 4, 0, 0, 10, 3, 1.0),
            "4 of 4 archives and manifests, 10 B in 1 s, 3 problems found",
            id="files only",
        ),
    ],
)
def test_progress(progress: VerifyProgress, expected: str) -> None:
    assert str(progress) == expected
