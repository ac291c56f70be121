# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the modules become requests: what is unset, what has another name, and what is refused."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.archiving.wal_archive import (
    request_of as archive_request,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.backup_verify import request_of as verify_request
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.base_backup import request_of as backup_request
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.cluster import wanted_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.repository import folder_of, repository_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.restore_point import request_of as point_request
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.retention import retention_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.spec import RETENTION_OPTIONS
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.request import ArchiveRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.restore_point import RestorePointRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.policy import RetentionPolicy
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.discovery import ClusterRequest

ARCHIVE = {
    "name": "db1",
    "agent_path": "/a/pgpitr",
    "config_directory": "/c",
    "archive_timeout_seconds": 30,
    "wal_level": "logical",
    "max_wal_senders": 5,
    "summarize_wal": False,
    "wal_summary_keep_days": 3,
    "replace_archive_command": True,
    "allow_restart": False,
    "restart_required": "fail",
    "proof_timeout_seconds": 7,
}
BACKUP = {
    "type": "full",
    "max_age_seconds": 1,
    "compression": "lz4",
    "checkpoint": "fast",
    "timeout_seconds": 2,
    "max_rate_kib": 3,
    "full_every_days": 4,
    "max_incrementals": 5,
    "max_chain_percent": 6,
    "allow_standby": True,
    "standby_wait_seconds": 7,
    "accepted_faults": ["truncated-and-regrown"],
    "spool_max_bytes": 8,
}
VERIFY = {
    "backup": None,
    "sample_percent": 10,
    "max_age_seconds": 1,
    "resume": False,
    "max_rate_kib": 2,
    "jobs": None,
}


def test_archive_request() -> None:
    assert archive_request(ARCHIVE) == ArchiveRequest(
        "db1", "/a/pgpitr", "/c", 30, "logical", 5, False, 3, True, proof_timeout_seconds=7
    )
    assert archive_request({**ARCHIVE, "restart_required": "report"}).report_restart
    assert archive_request({**ARCHIVE, "name": None}).cluster_name == ""


def test_backup_request() -> None:
    request = backup_request(BACKUP)
    assert (request.type, request.compression, request.allow_standby) == ("full", "lz4", True)
    assert (request.accepted_faults, request.spool_max_bytes) == (("truncated-and-regrown",), 8)
    limits = request.limits
    assert (limits.full_every_days, limits.max_incrementals, limits.max_chain_percent) == (4, 5, 6)


def test_verify_request_is_of_every_backup_unless_one_is_named() -> None:
    assert verify_request(VERIFY).backup == "all" and verify_request(VERIFY).jobs >= 1
    named = verify_request({**VERIFY, "backup": "b1", "jobs": 2})
    assert (named.backup, named.jobs, named.resume) == ("b1", 2, False)


def test_retention_takes_every_rule() -> None:
    rules = {name: number for number, name in enumerate(RETENTION_OPTIONS, start=1)}
    assert retention_of({**rules, "other": 9}) == RetentionPolicy(**rules)


def test_restore_point_needs_a_name() -> None:
    options: dict[str, Any] = {"restore_point_name": "before", "timeout_seconds": 5, "late_limit_ms": 9}
    assert point_request(options) == RestorePointRequest("before", 5, limit_ms=9)
    noon = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)
    assert point_request({**options, "at": "2026-09-15T12:00:00.000000Z"}).moment == noon
    with pytest.raises(InvalidInput) as caught:
        point_request({**options, "at": "noon"})
    assert caught.value.code == "option-out-of-range"
    with pytest.raises(InvalidInput) as caught:
        point_request({**options, "restore_point_name": None})
    assert caught.value.code == "option-missing"


def test_cluster_request_of_a_module_that_has_not_every_option() -> None:
    assert wanted_of({"bin_directory": "/b"}) == ClusterRequest("/b", None, None)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        pytest.param({"repository_path": None}, "option-missing", id="no path"),
    ],
)
def test_repository_that_cannot_be_told(options: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        repository_of(options)
    assert caught.value.code == code


def test_folder_of_a_named_cluster() -> None:
    repository = repository_of({"repository_path": "/r"})
    assert folder_of({"name": "db1"}, repository=repository).path == "/r/db1"
    assert folder_of({"name": "db1"}, repository=repository, name="sales").path == "/r/sales"
    with pytest.raises(InvalidInput) as caught:
        folder_of({"name": None}, repository=repository)
    assert caught.value.code == "option-missing"
