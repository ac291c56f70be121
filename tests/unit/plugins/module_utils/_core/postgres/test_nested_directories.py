# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.nested_directories import check_not_nested

DATA, WAL = "the data directory", "the WAL directory"


@pytest.mark.parametrize(
    ("directories", "tablespaces", "named"),
    [
        pytest.param(
            {DATA: "/pg/data"}, {7: "/pg/data/tbs"}, "tablespace 7, '/pg/data/tbs', lies inside the data", id="1"
        ),
        pytest.param(
            {DATA: "/pg/data", WAL: "/wal"}, {7: "/wal/tbs"}, "tablespace 7.* inside the WAL", id="in the WAL's"
        ),
        pytest.param({DATA: "/pg/data", WAL: "/pg/data/wal2"}, {}, "the WAL directory.* inside the data", id="WAL"),
        pytest.param(
            {DATA: "/wal/data", WAL: "/wal"}, {}, "the data directory.* inside the WAL", id="data in the WAL's"
        ),
        pytest.param(
            {DATA: "/ts/PG_15_1/x"}, {7: "/ts"}, "the data directory.* inside tablespace 7", id="in its files"
        ),
        pytest.param({DATA: "/d"}, {7: "/ts", 8: "/ts/PG_15_1/5"}, "tablespace 8.* inside tablespace 7", id="two"),
        pytest.param({DATA: "/ts/data"}, {7: "/ts"}, "", id="beside the files of a tablespace"),
        pytest.param({DATA: "/d"}, {7: "/ts", 8: "/ts/other"}, "", id="tablespaces that share a volume"),
        pytest.param({DATA: "/d"}, {7: "/ts", 9: "/ts"}, "", id="made again at the same place"),
        pytest.param({DATA: "/pg/data", WAL: "/pg/data-wal"}, {7: "/pg/data.ts"}, "", id="only names alike"),
    ],
)
def test_directory_inside_another_is_named(
    directories: dict[str, str], tablespaces: dict[int, str], named: str
) -> None:
    if not named:
        check_not_nested(directories, tablespaces=tablespaces)
        return
    with pytest.raises(Refused, match=named) as caught:
        check_not_nested(directories, tablespaces=tablespaces)
    assert caught.value.code == "directories-nested"
