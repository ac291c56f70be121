# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the modules restore and recovery become requests."""

from __future__ import annotations

import os
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.restore_request import (
    recovery_request_of,
    request_of,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.recovery.request import (
    RecoveryRequest,
    SqlCheck,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.scope import RestoreScope

# As the modules' argument specs leave what nobody gives.
RESTORE: dict[str, Any] = {
    "name": "db1",
    **dict.fromkeys(("target_time", "target_lsn", "target_xid", "target_name")),
    "target_immediate": False,
    "target_latest": False,
    "target_inclusive": True,
    "target_timeline": None,
    "target_action": "promote",
    "backup": None,
    "restore_data_directory": None,
    "restore_port": None,
    "tablespace_roots": [],
    "received_directory": None,
    "settings": {},
    "source": None,
    "tablespaces": {},
    "restore_wal_directory": None,
    "restore_as": "primary",
    "primary_conninfo": None,
    "primary_slot_name": None,
    "cluster_count": 1,
    "limited": False,
    "fleet": False,
}
RECOVERY: dict[str, Any] = {
    "state": "finished",
    "checks": [],
    "checks_user": None,
    "login_user": None,
    "timeout_seconds": 0,
    "stall_timeout_seconds": 300,
    "start_timeout_seconds": 300,
    "archive_timeout_seconds": 120,
    "undo_on_failure": True,
}


def test_target_comes_with_its_edge_and_place() -> None:
    copy = {"restore_data_directory": "copy", "restore_port": 5499, "backup": "b1", "target_timeline": "2"}
    request = request_of({**RESTORE, "target_xid": "745", "target_inclusive": False, **copy})
    assert (request.target.phrase, request.timeline, request.backup) == ("xid 745, exclusive", 2, "b1")
    assert (request.directory, request.port) == (os.path.abspath("copy"), 5499)


def test_roots_of_tablespaces_are_absolute() -> None:
    options = {**RESTORE, "target_latest": True}
    assert request_of({**options, "received_directory": "/srv/received"}).received_directory == "/srv/received"
    assert request_of({**options, "tablespace_roots": ["/mnt", "/srv"]}).tablespace_roots == ("/mnt", "/srv")
    with pytest.raises(InvalidInput) as caught:
        request_of({**options, "tablespace_roots": ["mnt"]})
    assert caught.value.code == "path-not-absolute"


def test_settings_are_text_and_none_of_the_restores_own() -> None:
    options = {**RESTORE, "target_latest": True}
    assert request_of({**options, "settings": {"jit": False}}).settings == {"jit": "off"}
    with pytest.raises(InvalidInput) as caught:
        request_of({**options, "settings": {"archive_mode": "off"}})
    assert caught.value.code == "setting-refused"


def test_source_is_the_clusters_own_name_unless_a_copy_is_made() -> None:
    options = {**RESTORE, "target_latest": True}
    assert request_of({**options, "source": "db1", "tablespaces": {"/a": "/b"}}).tablespaces == {"/a": "/b"}
    copy = {"restore_data_directory": "/copy", "restore_port": 5499}
    assert request_of({**options, "source": "db2", **copy}).name == "db2"
    for given, code in (
        ({"source": "db2"}, "source-differs"),
        ({"tablespaces": {"/a": "/b"}}, "restore-source-missing"),
        ({"source": "db1", "restore_wal_directory": "/wal", **copy}, "restore-source-missing"),
        ({"source": "db1", "tablespaces": {"/a": "../b"}}, "path-not-absolute"),
    ):
        with pytest.raises(InvalidInput) as caught:
            request_of({**options, **given})
        assert caught.value.code == code


def test_standby_follows_to_the_end_and_knows_its_primary() -> None:
    standby = {
        **RESTORE,
        "source": "db1",
        "restore_as": "standby",
        "primary_conninfo": "host=db1",
        "target_latest": True,
    }
    assert request_of({**standby, "primary_slot_name": "s1"}).settings == {
        "primary_conninfo": "host=db1",
        "primary_slot_name": "s1",
    }
    for given in (
        {"source": None},
        {"primary_conninfo": None},
        {"target_latest": False, "target_name": "p"},
        {"restore_data_directory": "/copy", "restore_port": 5499},
    ):
        with pytest.raises(InvalidInput) as caught:
            request_of({**standby, **given})
        assert caught.value.code == "standby-refused"


def test_several_clusters_are_meant_or_refused() -> None:
    fleet = {**RESTORE, "target_latest": True, "cluster_count": 3}
    assert request_of({**fleet, "limited": True}).scope == RestoreScope(3, limited=True)
    assert request_of({**fleet, "fleet": True}).confirmation == "3 clusters@latest"
    with pytest.raises(InvalidInput) as caught:
        request_of(fleet)
    assert caught.value.code == "limit-missing"


@pytest.mark.parametrize("given", [{}, {"target_time": 20260915}, {"target_latest": True, "target_name": "rp1"}])
def test_other_than_one_readable_target_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="target"):
        request_of({**RESTORE, **given})


@pytest.mark.parametrize(
    ("state", "action"),
    [("finished", None), ("reported", None), ("promoted", "promote"), ("paused", "pause"), ("stopped", "shutdown")],
)
def test_state_names_the_action_at_the_target(state: str, action: str | None) -> None:
    assert recovery_request_of({**RECOVERY, "state": state}).action == action


def test_defaults_are_those_of_the_request() -> None:
    assert recovery_request_of(RECOVERY) == RecoveryRequest()
    checks = [{"sql": "SELECT 1", "expect": "1", "database": "shop"}]
    assert recovery_request_of({**RECOVERY, "checks": checks}).checks == (SqlCheck("SELECT 1", "1", "shop"),)


def test_checks_user_is_taken_as_a_plain_name() -> None:
    assert recovery_request_of({**RECOVERY, "checks_user": "checker"}).checks_user == "checker"
    with pytest.raises(InvalidInput) as caught:
        recovery_request_of({**RECOVERY, "checks_user": "/.*"})
    assert caught.value.code == "checks-user-unsafe"
