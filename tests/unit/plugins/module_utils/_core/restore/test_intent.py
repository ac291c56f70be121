# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which requests ask for the same restore: every part of a request is in one of the two tables."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.intent import (
    intent_of,
    is_intent,
    read_intent,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.request import RestoreRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.scope import RestoreScope
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.recovery_target import RecoveryTarget

TIME = RecoveryTarget.parse("time", "2026-09-15T14:30:00+02:00")
REQUEST = RestoreRequest("db1", TIME)
SECRET = "canary"
# Each another value than the default, and a third one.
DECIDES: dict[str, tuple[Any, Any]] = {
    "name": ("db2", "db3"),
    "target": (RecoveryTarget.parse("xid", 7), RecoveryTarget.parse("xid", 7, inclusive=False)),
    "action": ("pause", "shutdown"),
    "timeline": (2, 3),
    "backup": ("20260915-120000F", "20260916-120000F"),
    "directory": ("/srv/copy", "/srv/copy2"),
    "port": (5499, 5500),
    "received_directory": ("/srv/wal", "/srv/wal2"),
    "settings": ({"primary_conninfo": f"password={SECRET}"}, {"primary_conninfo": "password=another"}),
    "source": ("db1", "db2"),
    "tablespaces": ({"/mnt/a": "/srv/a"}, {"/mnt/a": "/srv/b"}),
    "wal_directory": ("/srv/pg_wal", "/srv/pg_wal2"),
    "standby": (True, False),
}
# What only allows or forbids it.
PERMITS = {"scope": RestoreScope(12, fleet=True), "tablespace_roots": ("/mnt",)}


def same(first: RestoreRequest, second: RestoreRequest) -> bool:
    """Whether the one, written down and read again, is the other."""
    return is_intent(read_intent(json.loads(json.dumps(intent_of(first)))), second)


def test_every_part_of_a_request_is_in_one_of_the_tables() -> None:
    assert {each.name for each in fields(RestoreRequest)} == DECIDES.keys() | PERMITS.keys()
    assert not DECIDES.keys() & PERMITS.keys()


@pytest.mark.parametrize("name", DECIDES)
def test_another_value_is_another_restore(name: str) -> None:
    one, two = (replace(REQUEST, **{name: value}) for value in DECIDES[name])
    assert same(one, one) and same(two, two)
    assert not same(one, two) and not same(two, one)
    assert not same(REQUEST, one) and not same(one, REQUEST)


@pytest.mark.parametrize("name", PERMITS)
def test_what_only_permits_it_makes_no_other(name: str) -> None:
    assert same(REQUEST, replace(REQUEST, **{name: PERMITS[name]}))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"target": RecoveryTarget.parse("time", "2026-09-15T12:30:00Z")}, id="another zone's time"),
        pytest.param({"settings": {"b": "2", "a": "1"}}, id="settings in another order"),
    ],
)
def test_other_words_for_the_same_are_the_same(other: dict[str, Any]) -> None:
    assert same(replace(REQUEST, settings=dict(sorted(other.get("settings", {}).items()))), replace(REQUEST, **other))


def test_values_of_settings_are_not_written_down() -> None:
    secret = replace(REQUEST, settings=DECIDES["settings"][0])
    assert SECRET not in json.dumps(intent_of(secret))
    assert "primary_conninfo" in intent_of(secret)["settings"]
    # The same password elsewhere is not to be recognised.
    assert intent_of(replace(secret, name="db2"))["settings"] != intent_of(secret)["settings"]


def test_very_many_places_are_still_one_short_text() -> None:
    many = {f"/mnt/{number}": f"/srv/{number}" for number in range(1000)}
    assert same(replace(REQUEST, tablespaces=many), replace(REQUEST, tablespaces=many))
    assert not same(replace(REQUEST, tablespaces=many), replace(REQUEST, tablespaces={**many, "/mnt/1": "/srv/x"}))


def test_paths_that_are_no_text_can_be_compared() -> None:
    path = b"/srv/\xff".decode("utf-8", "surrogateescape")
    assert same(
        replace(REQUEST, directory=path, settings={"a": path}), replace(REQUEST, directory=path, settings={"a": path})
    )


@pytest.mark.parametrize("record", [None, [], {"port": 1}, {"port": "x" * 5000}, {"port": "\n"}], ids=str)
def test_what_is_no_intent_is_refused(record: Any) -> None:
    with pytest.raises(ValueError):
        read_intent(record)
