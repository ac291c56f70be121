# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which blocks of a parent's file still count after its relation was truncated."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.truncations import Truncations

FOUND = Truncations.of(
    [(1663, 5, 16384, 1000), (1664, 0, 1262, 2), (16400, 5, 16384, 7), (16400, 6, 3, 25), (1663, 5, 3, 0)]
)


@pytest.mark.parametrize(
    ("path", "tablespace", "blocks"),
    [
        pytest.param("base/5/16384", None, 1000, id="default tablespace"),
        pytest.param("base/5/16384.2", None, 800, id="a further file of it"),
        pytest.param("base/5/16384.11", None, 0, id="a file behind the truncation"),
        pytest.param("base/6/16384", None, None, id="another database"),
        pytest.param("base/5/16385", None, None, id="another relation"),
        pytest.param("base/5/3", None, 0, id="emptied"),
        pytest.param("base/5/16384_vm", None, None, id="another fork"),
        pytest.param("global/1262", None, 2, id="shared catalogue"),
        pytest.param("PG_18_202506291/5/16384", 16400, 7, id="a tablespace's own directory"),
        pytest.param("PG_18_202506291/5/16384", 16401, None, id="another tablespace's directory"),
        pytest.param("pg_tblspc/16400/PG_18_202506291/6/3", None, 25, id="a tablespace inside the data directory"),
        pytest.param("pg_wal/5/16384", None, None, id="no relation"),
        pytest.param("PG_VERSION", None, None, id="a file of the data directory"),
    ],
)
def test_blocks_that_the_parent_may_give(path: str, tablespace: int | None, blocks: int | None) -> None:
    assert FOUND.kept_blocks(path, tablespace=tablespace, segment_blocks=100) == blocks


def test_rows_come_back() -> None:
    assert Truncations.of(FOUND.rows()) == FOUND
    assert FOUND.rows()[0] == [1663, 5, 3, 0]
