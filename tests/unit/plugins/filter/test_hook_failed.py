# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pgfleet.pitr.plugins.filter.hook_failed import FilterModule

hook_failed = FilterModule().filters()["hook_failed"]


def test_failure_names_the_task_and_its_file() -> None:
    told = hook_failed({"act": "restore", "when": "before"}, "/a.yml", "Drain")
    assert told["msg"].startswith("task 'Drain' of '/a.yml' failed before the restore")
    assert "'without a name'" in hook_failed({}, "/a.yml", "")["msg"]
