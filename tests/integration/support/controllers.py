# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of the playbook restore that a test kills, and the state of the cluster that they leave."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from support.playbook_run import PlaybookCall, PlaybookRun, environment_of
from support.restoring import Site


def variables_of(site: Site) -> dict[str, Any]:
    """The host's variables."""
    return {
        "ansible_become": False,
        "pitr_cluster_data_directory": str(site.cluster.data),
        "pitr_cluster_bin_directory": site.options["bin_directory"],
        "pitr_cluster_login_user": site.options["login_user"],
        "pitr_repository_path": str(site.repository),
        "pitr_agent_path": site.options["agent_path"],
        "pitr_agent_config_directory": site.options["config_directory"],
    }


def wanted(site: Site, target: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """The variables of a confirmed restore to this target, without a first backup."""
    named = {f"pitr_restore_{name}": value for name, value in {**target, **more}.items()}
    confirm = site.confirmation(dict(target))
    return {"pitr_restore_first_backup": False, "pitr_restore_confirm": confirm, **named}


def run_restore(site: Site, extra_vars: Mapping[str, Any], *, fails: bool = False) -> PlaybookRun:
    """The playbook to its end."""
    return site.workbench.run_playbook(
        "restore", inventory={"db1": variables_of(site)}, extra_vars=extra_vars, expect_failure=fails
    )


class Controller:
    """ansible-playbook at work, leader of a session as a terminal or AWX would give it."""

    def __init__(self, site: Site, extra_vars: Mapping[str, Any]) -> None:
        bench = site.workbench
        inventory = bench.write_inventory({"db1": variables_of(site)})
        call = PlaybookCall(playbook="pgfleet.pitr.restore", inventory=inventory, extra_vars=extra_vars)
        scratch = bench.directory
        (scratch / "ansible.cfg").touch()
        self._site = site
        self._output = (scratch / "controller.txt").open("wb")
        self.process = subprocess.Popen(
            call.argv(),
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            env=bench.os_user.environment(environment_of(scratch, record=scratch / "controller.jsonl")),
            cwd=scratch,
            start_new_session=True,
            **bench.os_user.popen_options(),
        )

    def wait_until(self, phase: str) -> None:
        """Until the journal is at this phase."""
        self._wait(lambda: phase_of(self._site) == phase, what=phase)
        assert self.process.poll() is None, f"the run ended before it was {phase}:\n{self.said()}"

    def wait_for(self, text: str) -> None:
        """Until it has said this."""
        self._wait(lambda: text in self.said(), what=f"'{text}' is said")
        assert text in self.said(), self.said()

    def said(self) -> str:
        """What it has written so far."""
        return (self._site.workbench.directory / "controller.txt").read_text(encoding="utf-8")

    def _wait(self, is_there: Callable[[], bool], *, what: str) -> None:
        ended = self.process.poll
        self._site.cluster.wait_until(lambda: is_there() or ended() is not None, what=what, pause_seconds=0.001)

    def kill(self) -> None:
        """SIGKILL to ansible-playbook and its forks, not to the module that it has started."""
        for member in _session(self.process.pid):
            with contextlib.suppress(OSError):
                command = (Path("/proc") / str(member) / "cmdline").read_bytes().replace(b"\0", b" ")
                if b"ansible playbook" in command:
                    os.kill(member, signal.SIGKILL)
        self.process.wait(timeout=30)
        self._output.close()


def phase_of(site: Site) -> str:
    """The phase in the journal; ``""`` where there is none."""
    try:
        return str(json.loads(site.journal.read_text())["phase"])
    except FileNotFoundError:
        return ""


def _session(leader: int) -> list[int]:
    members = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == leader and "postgres" not in (process / "comm").read_text():
                members.append(int(process.name))
    return members
