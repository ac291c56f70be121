# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a restore as those of the recovery with which it goes on."""

from __future__ import annotations

from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.job_options import (
    RECOVERY_OPTIONS,
    recovery_options,
)


def test_what_is_not_given_has_the_default_of_the_module_recovery() -> None:
    options = recovery_options({"name": "db1", "state": "rolled_back", "recovery": None, "timeout_seconds": 86400})
    assert (options["name"], options["state"], options["timeout_seconds"]) == ("db1", "finished", 0)
    assert {name: options[name] for name in RECOVERY_OPTIONS} == {
        "checks": [],
        "checks_user": None,
        "timeout_seconds": 0,
        "stall_timeout_seconds": 300,
        "start_timeout_seconds": 300,
        "archive_timeout_seconds": 120,
    }


def test_empty_answer_is_unset() -> None:
    options = recovery_options({"recovery": {"checks_user": "", "timeout_seconds": 60}, "timeout_seconds": 5})
    assert (options["checks_user"], options["timeout_seconds"]) == (None, 60)
