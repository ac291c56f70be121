# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of truncations counts for the directory that it is about."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.truncations import Truncations
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.kept_blocks import kept_blocks

KNOWN = Truncations.of([(1663, 5, 16384, 1000), (16400, 5, 16390, 7)])


@pytest.mark.parametrize(
    ("truncations", "tablespace", "path", "expected"),
    [
        pytest.param(KNOWN, None, "base/5/16384", 1000, id="in the data directory"),
        pytest.param(KNOWN, None, "base/5/16385", None, id="another file"),
        pytest.param(KNOWN, 16400, "PG_18_202506291/5/16390", 7, id="in a tablespace"),
        pytest.param(KNOWN, 16401, "PG_18_202506291/5/16390", None, id="in another tablespace"),
        pytest.param(None, None, "base/5/16384", None, id="nothing was recorded"),
    ],
)
def test_blocks_that_count(
    truncations: Truncations | None, tablespace: int | None, path: str, expected: int | None
) -> None:
    backup: Any = SimpleNamespace(truncations=truncations)
    assert kept_blocks(backup, tablespace=tablespace, segment_blocks=131072)(path) == expected
