# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The space that a backup will need."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.plan import estimate_stored_bytes
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from backup_situation import INCREMENTAL, OLD, RECENT


@pytest.mark.parametrize(
    ("size_bytes", "compression", "backups", "expected"),
    [
        pytest.param(None, "zstd", [RECENT], None, id="the size is not known"),
        pytest.param(2000, "zstd", [OLD, RECENT], 220, id="by the last one"),
        pytest.param(2000, "zstd", [RECENT, INCREMENTAL], 220, id="by the last full one"),
        pytest.param(3000, "lz4", [RECENT], 1000, id="no backup with this compression"),
        pytest.param(1000, "none", [], 1100, id="not compressed"),
    ],
)
def test_estimate(size_bytes: int | None, compression: str, backups: list[Backup], expected: int | None) -> None:
    assert estimate_stored_bytes(size_bytes, compression=compression, backups=backups) == expected
