# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run of `ansible-playbook` on the installed collection, with every task's result at hand."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.os_user import OsUser
from support.places import SUPPORT, collections_path
from support.shared_payloads import shared_payloads


@dataclass(frozen=True)
class TaskResult:
    """One task on one host; `status` is ok, failed, skipped or unreachable."""

    host: str
    task: str
    action: str
    status: str
    ignored: bool
    result: Mapping[str, Any]

    @property
    def changed(self) -> bool:
        """Whether the task reported a change."""
        return bool(self.result.get("changed", False))


@dataclass(frozen=True)
class PlaybookRun:
    """The outcome of a play run: exit code, recap, results of tasks in order, and what was printed."""

    command: Sequence[str]
    exit_code: int
    stdout: str
    stderr: str
    tasks: Sequence[TaskResult]
    recap: Mapping[str, Mapping[str, int]]
    custom_stats: Mapping[str, Any]

    @property
    def failed(self) -> bool:
        """Whether ansible-playbook failed."""
        return self.exit_code != 0

    @property
    def changed_count(self) -> int:
        """Changed tasks over all hosts."""
        return sum(host.get("changed", 0) for host in self.recap.values())

    @property
    def changed_tasks(self) -> list[str]:
        """The names of the tasks that reported a change."""
        return [one.task for one in self.tasks if one.status == "ok" and one.changed]

    def results_of(self, action: str, *, host: str = "") -> list[Mapping[str, Any]]:
        """The results of a module's tasks, by the module's short name."""
        wanted = (action, f"pgfleet.pitr.{action}")
        return [
            one.result
            for one in self.tasks
            if one.action in wanted and one.status != "skipped" and host in ("", one.host)
        ]

    def failures(self) -> list[TaskResult]:
        """The tasks that failed."""
        return [one for one in self.tasks if one.status in ("failed", "unreachable")]

    def describe(self) -> str:
        """Everything that was printed."""
        return f"--- {' '.join(self.command)} (exit {self.exit_code})\n{self.stdout}\n{self.stderr}"


@dataclass(frozen=True)
class PlaybookCall:
    """What to run and how."""

    playbook: str
    inventory: Path
    extra_vars: Mapping[str, Any]
    check: bool = False
    diff: bool = False
    limit: str = ""
    arguments: Sequence[str] = ()

    def argv(self) -> list[str]:
        """The command line; extra variables as JSON, which keeps every value's type."""
        argv = [sys.executable, "-m", "ansible", "playbook", "-i", str(self.inventory), self.playbook]
        if self.extra_vars:
            argv += ["-e", json.dumps(dict(self.extra_vars))]
        argv += ["--check"] if self.check else []
        argv += ["--diff"] if self.diff else []
        argv += ["--limit", self.limit] if self.limit else []
        return [*argv, *self.arguments]


def run(
    call: PlaybookCall,
    *,
    scratch: Path,
    os_user: OsUser,
    environment: Mapping[str, str] | None = None,
    timeout_seconds: float = 600,
) -> PlaybookRun:
    """Run a playbook as `os_user`; `scratch` takes Ansible's own files and the record of results."""
    # An empty file of ours, so that no configuration of the machine or the user is read.
    (scratch / "ansible.cfg").touch()
    record = scratch / f"results-{os.urandom(4).hex()}.jsonl"
    done = os_user.run(
        call.argv(),
        check=False,
        timeout_seconds=timeout_seconds,
        cwd=scratch,
        extra_environment={
            **environment_of(scratch, record=record),
            **shared_payloads(os_user),
            **(environment or {}),
        },
    )
    events = _events(record)
    stats = next((event for event in events if event["event"] == "stats"), {})
    return PlaybookRun(
        command=call.argv(),
        exit_code=done.returncode,
        stdout=done.stdout,
        stderr=done.stderr,
        tasks=[_task_result(event) for event in events if event["event"] == "task"],
        recap=stats.get("recap", {}),
        custom_stats=stats.get("custom", {}),
    )


def _task_result(event: Mapping[str, Any]) -> TaskResult:
    return TaskResult(
        host=event["host"],
        task=event["task"],
        action=event["action"],
        status=event["status"],
        ignored=event["ignored"],
        result=event["result"],
    )


def environment_of(scratch: Path, *, record: Path) -> dict[str, str]:
    """Ansible's settings for a run that notes each task's result in the file ``record``."""
    return {
        "ANSIBLE_COLLECTIONS_PATH": str(collections_path()),
        "ANSIBLE_CALLBACK_PLUGINS": str(_callbacks_in(scratch)),
        "ANSIBLE_CALLBACKS_ENABLED": "pitr_results,pitr_shared_payloads",
        "PITR_RESULTS_FILE": str(record),
        "ANSIBLE_HOME": str(scratch / "ansible"),
        "ANSIBLE_LOCAL_TEMP": str(scratch / "ansible" / "tmp"),
        "ANSIBLE_REMOTE_TEMP": str(scratch / "ansible" / "tmp"),
        "ANSIBLE_CONFIG": str(scratch / "ansible.cfg"),
        "ANSIBLE_RETRY_FILES_ENABLED": "false",
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_DEPRECATION_WARNINGS": "false",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_FAILED": "true",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(scratch),
    }


def _callbacks_in(scratch: Path) -> Path:
    """A copy of the callback where the clusters' user can read it: it may not be able to enter the checkout."""
    target = scratch / "callbacks"
    if not target.exists():
        shutil.copytree(SUPPORT / "callbacks", target)
    return target


def _events(record: Path) -> list[Any]:
    if not record.exists():
        return []
    return [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]
