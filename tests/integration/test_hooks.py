# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that users name run before and after the work; where one fails before it, nothing was changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.cluster import Cluster
from support.run_result import result_of
from support.site import ALLOW_RESTART, Site, lose_the_table
from support.workbench import Workbench

pytestmark = pytest.mark.versions(18)


class Hooks:
    """Task files, of which some note what they are told and others fail."""

    def __init__(self, directory: Path) -> None:
        self.told = directory / "told.jsonl"
        note = {
            "name": "Note what is told",
            "ansible.builtin.lineinfile": {
                "path": str(self.told),
                "create": True,
                "mode": "0600",
                "line": "{{ {'act': pitr_hook.act, 'when': pitr_hook.when, 'outcome': pitr_hook.outcome | default('')} "
                "| to_json }}",
            },
        }
        fail = {"name": "Drain", "ansible.builtin.fail": {"msg": "no such balancer"}}
        self.note = self._file(directory / "note.yml", [note])
        self.fail = self._file(directory / "fail.yml", [fail])

    @staticmethod
    def _file(path: Path, tasks: list[Any]) -> str:
        path.write_text(json.dumps(tasks), encoding="utf-8")
        path.chmod(0o644)
        return str(path)

    def heard(self) -> list[tuple[str, str, str]]:
        """What was noted so far, and forget it."""
        lines = self.told.read_text(encoding="utf-8").splitlines() if self.told.exists() else []
        self.told.unlink(missing_ok=True)
        return [tuple(json.loads(line).values()) for line in lines]  # type: ignore[misc]


def failure_of(run: Any) -> dict[str, Any]:
    """The record of the only cluster, of a run that failed."""
    return dict(result_of(run)["clusters"]["db1"])


def backups(site: Site) -> int:
    return len(list((site.repository / "db1" / "backups").glob("*/backup.json")))


def test_hooks_run_around_the_work_and_one_that_fails_before_it_prevents_it(
    workbench: Workbench, cluster: Cluster
) -> None:
    site, hooks = Site(workbench, {"db1": cluster}), Hooks(workbench.make_directory("hooks"))
    site.play("archive", extra_vars=ALLOW_RESTART)

    missing = site.play(
        "backup", extra_vars={"pitr_backup_after_tasks": "undrain.yml"}, check=True, expect_failure=True
    )
    assert failure_of(missing)["code"] == "hook-missing"
    both = {"pitr_backup_before_tasks": hooks.fail, "pitr_backup_after_tasks": hooks.note}
    failed = failure_of(site.play("backup", extra_vars=both, expect_failure=True))
    assert failed["code"] == "hook-failed" and "'Drain'" in failed["msg"] and not failed["changed"]
    assert hooks.heard() == [("backup", "after", "not_begun")] and backups(site) == 0
    both = {"pitr_backup_before_tasks": hooks.note, "pitr_backup_after_tasks": hooks.fail}
    failed = failure_of(site.play("backup", extra_vars=both, expect_failure=True))
    assert failed["code"] == "hook-failed" and failed["label"] and failed["window"]
    assert hooks.heard() == [("backup", "before", "")] and backups(site) == 1

    target = lose_the_table(cluster)
    wanted = {
        "pitr_restore_target_time": target,
        "pitr_restore_confirm": f"db1@{target}",
        "pitr_restore_first_backup": False,
    }
    around = {"pitr_restore_before_tasks": hooks.note, "pitr_restore_after_tasks": hooks.note}
    unconfirmed = {**wanted, **around, "pitr_restore_confirm": ""}
    failed = failure_of(site.play("restore", extra_vars=unconfirmed, expect_failure=True))
    assert failed["code"] == "confirmation-missing" and hooks.heard() == []
    before = {"pitr_restore_before_tasks": hooks.fail, "pitr_restore_after_tasks": hooks.note}
    failed = failure_of(site.play("restore", extra_vars={**wanted, **before}, expect_failure=True))
    assert failed["code"] == "hook-failed" and not failed["changed"]
    assert hooks.heard() == [("restore", "after", "not_begun")]
    assert cluster.value("SELECT count(*) FROM later") == 1
    site.play("restore", extra_vars={**wanted, **around})
    assert hooks.heard() == [("restore", "before", ""), ("restore", "after", "done")]
    assert cluster.value("SELECT count(*) FROM kept") == 500

    point = {"pitr_restore_point_before_tasks": hooks.note, "pitr_restore_point_after_tasks": hooks.note}
    run = site.play("restore_point", extra_vars={"pitr_restore_point_name": "quiet", **point})
    assert hooks.heard() == [("restore_point", "before", ""), ("restore_point", "after", "done")]
    assert result_of(run)["ok"] and cluster.log_contains('restore point "quiet" created')
