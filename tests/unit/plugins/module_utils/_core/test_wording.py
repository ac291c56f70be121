# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How people read sizes."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wording import size_text


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.00 KiB"),
        (3 * 1024**4, "3.00 TiB"),
        (5000 * 1024**5, "5000.00 PiB"),
    ],
)
def test_size_is_in_its_largest_unit(size_bytes: int, text: str) -> None:
    assert size_text(size_bytes) == text
