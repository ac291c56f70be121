# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A playbook as AWX runs it: by ansible-runner, without a terminal, with its artifacts at hand."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from support.playbook_run import environment_of
from support.workbench import Workbench


@dataclass(frozen=True)
class Job:
    """What a job left: its exit code, its output, its artifacts, and what each failed task had for a result."""

    exit_code: int
    output: str
    artifacts: Mapping[str, Any]
    failures: list[Mapping[str, Any]]

    @property
    def result(self) -> Mapping[str, Any]:
        """The one artifact."""
        assert set(self.artifacts) == {"pitr_result"}, self.output
        found: Mapping[str, Any] = self.artifacts["pitr_result"]
        return found

    @property
    def statuses(self) -> dict[str, str]:
        """The status of each host."""
        return {host: record["status"] for host, record in self.result["clusters"].items()}


class _Key(str):
    """The name of a variable."""


class _AsLaunched(yaml.SafeDumper):
    """Marks each text as no template, as AWX does with all that comes at launch."""


_AsLaunched.add_representer(str, lambda dumper, text: dumper.represent_scalar("!unsafe", text, style='"'))
_AsLaunched.add_representer(_Key, lambda dumper, name: dumper.represent_scalar("tag:yaml.org,2002:str", name))


def run_job(
    workbench: Workbench,
    playbook: str | Sequence[str],
    *,
    inventory: Path,
    extra_vars: Mapping[str, Any],
    check: bool = False,
    limit: str = "",
    **more: str,
) -> Job:
    """Run a playbook of the collection, or one by its path, or several; ``more`` are variables of the environment."""
    job = workbench.make_directory(f"job-{os.urandom(4).hex()}")
    names = [playbook] if isinstance(playbook, str) else playbook
    imported = [one if "/" in one else f"pgfleet.pitr.{one}" for one in names]
    book = [{"name": "Run it", "ansible.builtin.import_playbook": one} for one in imported]
    arguments = ["-i", str(inventory), *(["--check"] if check else []), *(["--limit", limit] if limit else [])]
    launched = {_Key(name): value for name, value in extra_vars.items()}
    files = {
        "project/job.yml": json.dumps(book),
        "env/cmdline": shlex.join(arguments),
        "env/extravars": yaml.dump(launched, Dumper=_AsLaunched, allow_unicode=True),
    }
    for name, content in files.items():
        path = job / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
        for made in (path.parent, path):
            workbench.os_user.own(made)
    settings = environment_of(workbench.directory, record=job / "results.jsonl")
    done = workbench.os_user.run(
        [sys.executable, "-m", "ansible_runner", "run", str(job), "-p", "job.yml", "-i", "job"],
        check=False,
        timeout_seconds=300,
        cwd=job,
        extra_environment={**settings, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", **more},
    )
    events = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(job.glob("artifacts/job/job_events/*.json"))
    ]
    ended = [event["event_data"] for event in events if event["event"] == "playbook_on_stats"]
    assert len(ended) == 1, done.stdout + done.stderr
    failed = sorted(
        (event for event in events if event["event"] in ("runner_on_failed", "runner_on_unreachable")),
        key=lambda event: event["counter"],
    )
    return Job(
        exit_code=done.returncode,
        output=done.stdout + done.stderr,
        artifacts=ended[0].get("artifact_data", {}),
        failures=[event["event_data"]["res"] for event in failed],
    )
