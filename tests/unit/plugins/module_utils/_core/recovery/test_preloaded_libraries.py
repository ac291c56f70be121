# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which libraries act by themselves, however the list is written."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.recovery.preloaded_libraries import (
    ACTING,
    QUIET,
    acting_in,
    unknown_in,
    without_acting,
)


@pytest.mark.parametrize(
    ("value", "acting", "unknown", "kept"),
    [
        pytest.param("", [], (), "", id="none"),
        pytest.param("pg_stat_statements", [], (), "pg_stat_statements", id="quiet"),
        pytest.param("pg_cron", ["pg_cron"], (), "", id="the only one"),
        pytest.param("auto_explain,pg_cron , ours", ["pg_cron"], ("ours",), "auto_explain, ours", id="in the middle"),
        pytest.param('"$libdir/pg_cron.so", "a, b"', ["pg_cron"], ("a, b",), '"a, b"', id="quoted, with a place"),
        pytest.param("/opt/lib/pglogical.so", ["pglogical"], (), "", id="a path"),
        pytest.param("timescaledb, pg_net", ["timescaledb", "pg_net"], (), "timescaledb", id="kept by a setting"),
        pytest.param("spock, citus", ["spock", "citus"], (), "spock, citus", id="not ours to leave out"),
        pytest.param("pg_cronies", [], ("pg_cronies",), "pg_cronies", id="only alike"),
    ],
)
def test_libraries_are_known_by_name(value: str, acting: list[str], unknown: tuple[str, ...], kept: str) -> None:
    assert list(acting_in(value)) == acting
    assert unknown_in(value) == unknown
    assert without_acting(value) == kept


def test_a_library_is_one_thing() -> None:
    assert not QUIET & ACTING.keys()
    for library in ACTING.values():
        assert not (library.settings and library.needed)
