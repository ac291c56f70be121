# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.installation.timers import policy_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.spec import RETENTION_OPTIONS
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput

OPTIONS: dict[str, Any] = {
    **{name: spec["default"] for name, spec in RETENTION_OPTIONS.items()},
    "compression": "zstd",
    "full_every_days": 7,
    "max_incrementals": 14,
    "max_chain_percent": 50,
    "allow_standby": False,
    "standby_wait_seconds": 300,
    "spool_max_bytes": 268435456,
    "accepted_faults": ["visibility-map-tail"],
    "verify_backup": None,
    "verify_sample_percent": 100,
    "verify_max_age_seconds": 0,
    "verify_resume": False,
    "verify_max_rate_kib": None,
    "verify_jobs": None,
    "expire_wait_seconds": 60,
}


def test_policy_has_a_request_for_each_job() -> None:
    policy = policy_of({**OPTIONS, "keep_days": 14, "verify_jobs": 2})

    assert (policy.backup.compression, policy.backup.limits.max_incrementals) == ("zstd", 14)
    assert policy.backup.accepted_faults == ("visibility-map-tail",)
    assert (policy.retention.keep_days, policy.verify.backup, policy.verify_jobs) == (14, "all", 2)


@pytest.mark.parametrize(
    "changes", [{"expire_wait_seconds": -1}, {"expire_wait_seconds": 30 * 86400 + 1}, {"keep_full": 0}], ids=str
)
def test_numbers_beyond_their_limits_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as caught:
        policy_of({**OPTIONS, **changes})
    assert next(iter(changes)) in caught.value.message
