# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.relation_layout import RelationLayout


@pytest.mark.parametrize("layout", [RelationLayout(8192, 131072), RelationLayout(1024, 1), RelationLayout(32768, 7)])
def test_what_a_record_says_is_read(layout: RelationLayout) -> None:
    assert RelationLayout.parse(asdict(layout)) == layout


@pytest.mark.parametrize(
    "value",
    [
        8192,
        {"block_size_bytes": 8192},
        {"segment_blocks": 131072},
        {"block_size_bytes": 0, "segment_blocks": 131072},
        {"block_size_bytes": 8000, "segment_blocks": 131072},
        {"block_size_bytes": 65536, "segment_blocks": 131072},
        {"block_size_bytes": 8192, "segment_blocks": 0},
        {"block_size_bytes": 8192, "segment_blocks": 1 << 32},
        {"block_size_bytes": 8192, "segment_blocks": "1"},
    ],
)
def test_what_no_server_has_is_refused(value: Any) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        RelationLayout.parse(value)
