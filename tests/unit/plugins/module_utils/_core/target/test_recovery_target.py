# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be given as a recovery target, and what PostgreSQL is told of it."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.recovery_target import RecoveryTarget

UTC = timezone.utc


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        pytest.param("2026-09-15T14:30:00+02:00", "2026-09-15 12:30:00.000000+00", id="T and colon"),
        pytest.param("2026-09-15 14:30:00+02", "2026-09-15 12:30:00.000000+00", id="as PostgreSQL prints it"),
        pytest.param("2026-09-15 14:30:00.123456-0330", "2026-09-15 18:00:00.123456+00", id="fraction and minutes"),
        pytest.param("2026-09-15T12:30Z", "2026-09-15 12:30:00.000000+00", id="without seconds"),
        pytest.param("2026-09-15 12:30:00.5 UTC", "2026-09-15 12:30:00.500000+00", id="as pg_waldump prints it"),
        pytest.param("2026-01-01T00:30:00+05:45", "2025-12-31 18:45:00.000000+00", id="the year before"),
    ],
)
def test_time_is_told_to_postgresql_in_utc(text: str, utc: str) -> None:
    target = RecoveryTarget.parse("time", text)
    assert target.settings() == {"recovery_target_time": utc, "recovery_target_inclusive": "on"}
    assert str(target) == text


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        pytest.param("time", "2026-09-15", "target-no-offset", id="bare date"),
        pytest.param("time", "2026-09-15 14:30:00", "target-no-offset", id="no offset"),
        pytest.param("time", "2026-09-15 14:30:00 EEST", "target-no-offset", id="abbreviation"),
        pytest.param("time", "2026-03-29 03:30:00 Europe/Helsinki", "target-no-offset", id="zone with a gap there"),
        pytest.param("time", "2026-09-15T14:30:00+02:00[Europe/Helsinki]", "target-no-offset", id="two zones"),
        pytest.param("time", "yesterday", "target-invalid", id="nonsense"),
        pytest.param("time", "2026-02-30T14:30:00Z", "target-invalid", id="no such day"),
        pytest.param("time", "2026-09-15T24:30:00Z", "target-invalid", id="no such hour"),
        pytest.param("time", "2026-09-15T14:30:00+25:00", "target-invalid", id="no such offset"),
        pytest.param("time", "2026-09-15T14:30:00+02:75", "target-invalid", id="no such minutes of an offset"),
        pytest.param("time", "2026-09-15T14:30:00.1234567Z", "target-invalid", id="finer than PostgreSQL"),
        pytest.param("time", datetime(2026, 9, 15, 14, 30, tzinfo=UTC), "target-type", id="datetime"),
        pytest.param("time", date(2026, 9, 15), "target-type", id="date"),
        pytest.param("time", 20260915, "target-type", id="number"),
        pytest.param("time", True, "target-type", id="boolean"),
        pytest.param("lsn", 3000028, "target-type", id="LSN as a number"),
        pytest.param("lsn", "3000028", "target-invalid", id="LSN without a slash"),
        pytest.param("xid", "2", "target-invalid", id="xid below the first normal one"),
        pytest.param("xid", "-5", "target-invalid", id="negative xid"),
        pytest.param("xid", "seven", "target-invalid", id="xid in words"),
        pytest.param("xid", True, "target-type", id="xid true"),
        pytest.param("xid", 745.0, "target-type", id="xid with a point"),
        pytest.param("name", 20260915, "target-type", id="name that YAML made a number"),
        pytest.param("name", "x" * 64, "target-invalid", id="name too long"),
        pytest.param("name", "two\nlines", "target-invalid", id="name with a line break"),
        pytest.param("name", ["a"], "target-type", id="list"),
    ],
)
def test_value_that_is_no_target_is_refused(kind: str, value: object, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        RecoveryTarget.parse(kind, value)
    assert caught.value.code == code
    assert caught.value.hint


@pytest.mark.parametrize(
    ("given", "settings"),
    [
        pytest.param({"lsn": "0/3000028"}, {"recovery_target_lsn": "0/3000028"}, id="lsn"),
        pytest.param({"xid": 745}, {"recovery_target_xid": "745"}, id="xid as a number"),
        pytest.param({"name": "before it", "time": ""}, {"recovery_target_name": "before it"}, id="name"),
        pytest.param({"immediate": True}, {"recovery_target": "immediate"}, id="immediate"),
        pytest.param({"latest": True, "immediate": False}, {}, id="latest"),
    ],
)
def test_one_target_becomes_its_settings(given: dict[str, Any], settings: dict[str, str]) -> None:
    found = RecoveryTarget.choose(given).settings()
    found.pop("recovery_target_inclusive", None)
    assert found == settings


def test_exclusive_is_told_where_it_has_a_meaning() -> None:
    assert RecoveryTarget.choose({"xid": "745"}, inclusive=False).settings() == {
        "recovery_target_xid": "745",
        "recovery_target_inclusive": "off",
    }
    assert "recovery_target_inclusive" not in RecoveryTarget.parse("name", "rp1").settings()


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="none"),
        pytest.param({"time": "", "latest": False}, id="only empty ones"),
        pytest.param({"time": "2026-09-15T14:30:00Z", "xid": "745"}, id="two"),
        pytest.param({"latest": True, "immediate": True}, id="both words"),
    ],
)
def test_other_than_one_target_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as caught:
        RecoveryTarget.choose(given)
    assert caught.value.code == "target-count"


def test_confirmation_names_the_target_as_given() -> None:
    assert str(RecoveryTarget.parse("time", "2026-09-15 14:30:00+02")) == "2026-09-15 14:30:00+02"
    assert str(RecoveryTarget.choose({"latest": True})) == "latest"
    assert str(RecoveryTarget.choose({"immediate": True})) == "immediate"
