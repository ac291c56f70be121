# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of tasks that a user named."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.hook import failed_tasks, missing_file


def test_files_that_are_missing_are_named() -> None:
    found = missing_file(["/a.yml", "/b.yml", "c.yml"], present=["/b.yml"])
    assert found["failed"] and found["code"] == "hook-missing" and found["hint"]
    assert found["msg"] == "no such task file on the controller: /a.yml, c.yml"
    assert missing_file([], present=[]) == {}


@pytest.mark.parametrize(
    ("when", "act", "told"),
    [
        ("before", "backup", "failed before the backup; nothing was changed"),
        (
            "after",
            "restore_point",
            "failed after the restore point; what was done stays done, and is told in the result",
        ),
        ("whenever", "work", "failed whenever the work; what was done stays done, and is told in the result"),
    ],
)
def test_failure_says_what_it_means(when: str, act: str, told: str) -> None:
    found = failed_tasks("/a.yml", act=act, when=when, task="Drain")
    assert found["msg"] == f"task 'Drain' of '/a.yml' {told}"
    assert found["failed"] and found["code"] == "hook-failed" and found["hint"]
