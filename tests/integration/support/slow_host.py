# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another host that keeps a cluster's repository, and takes what is sent as slowly as a test wants."""

from __future__ import annotations

import os
import shutil
from typing import Any

from support.archiving import repository_options
from support.cluster import Cluster
from support.module_run import ModuleRun
from support.repository_host import RepositoryHost
from support.workbench import Workbench

# What sshd starts in place of the program, with the file that says how many bytes a second go through (0: none).
_SLOW = """#!/usr/bin/env python3
import os, subprocess, sys, time
child = subprocess.Popen([{program!r}, *sys.argv[1:]], stdin=subprocess.PIPE, bufsize=0)
rate = lambda: float(open({rate!r}).read() or 0)
while True:
    piece = os.read(0, 65536)
    if not piece:
        break
    if len(piece) > 4096:
        while not rate():
            time.sleep(0.05)
        time.sleep(len(piece) / rate())
    child.stdin.write(piece)
child.stdin.close()
sys.exit(child.wait())
"""
_FAST = 1e12


class SlowHost:
    """A cluster that archives to another host, with directories of its own for temporary files."""

    def __init__(self, workbench: Workbench, cluster: Cluster, *, limit_bytes: int) -> None:
        self._workbench = workbench
        self._cluster = cluster
        self._rate = workbench.directory / "rate"
        self.scratch = workbench.make_directory("scratch")
        there = workbench.make_directory("there")
        program = there / "pgpitr"
        slow = there / "slow"
        slow.write_text(_SLOW.format(program=str(program), rate=str(self._rate)))
        slow.chmod(0o755)
        self.go_on()
        self._host = RepositoryHost(workbench, repository=workbench.make_directory("repository"), program=slow)
        self.folder = self._host.repository / "db1"
        self.options: dict[str, Any] = {
            **repository_options(workbench, cluster, repository=self._host.repository),
            **self._host.options(),
        }
        self._limit_bytes = limit_bytes
        workbench.run_module(
            "agent", {"name": "db1", "repository_path": "/unused", "agent_path": str(program), "part": "program"}
        )
        self._host.start()
        workbench.run_module("agent", self.options)
        workbench.run_module("wal_archive", {**self.options, "allow_restart": True, "archive_timeout_seconds": 3600})

    def stall(self) -> None:
        """Take nothing of what is sent, until told otherwise."""
        self._say(0)

    def go_on(self, *, bytes_per_second: float = _FAST) -> None:
        """Take so much of what each session sends."""
        self._say(bytes_per_second)

    def _say(self, rate: float) -> None:
        beside = self._rate.with_suffix(".new")
        beside.write_text(str(rate))
        beside.chmod(0o644)
        beside.rename(self._rate)

    def stop(self) -> None:
        """The host goes down."""
        self._host.stop()

    def start(self) -> None:
        """It is up again."""
        self._host.start()

    def encrypt_for(self, recipient: str) -> None:
        """From now on WAL and backups are encrypted."""
        self.options = {**self.options, "repository_age_recipients": [recipient]}
        self._workbench.run_module("agent", self.options)

    def back_up(self, *, expect_failure: bool = False, **more: Any) -> ModuleRun:
        """Take a backup, in which nothing is compressed, through a spool of limited size."""
        given = {"compression": "none", "spool_max_bytes": self._limit_bytes, **more}
        return self._workbench.run_module(
            "base_backup",
            {**self.options, **given},
            expect_failure=expect_failure,
            environment={"TMPDIR": str(self.scratch)},
        )

    def report(self) -> dict[str, Any]:
        """What `backup_info` says of the cluster."""
        return dict(self._workbench.run_module("backup_info", self._without_the_program())["clusters"][0])

    def phase(self) -> str:
        """What the running backup does."""
        return str(self.report()["running_backup"]["phase"])

    def lose_and_restore(self) -> None:
        """Lose the whole data directory, and bring it back with all that was archived."""
        self._cluster.stop()
        shutil.rmtree(self._cluster.data)
        options = {**self.options, "target_latest": True, "confirm": "db1@latest"}
        self._workbench.run_module("restore", options)
        self._workbench.run_module("recovery", self._without_the_program())

    def _without_the_program(self) -> dict[str, Any]:
        return {key: value for key, value in self.options.items() if key not in ("agent_path", "config_directory")}

    def log(self) -> str:
        """What the server has said."""
        return f"{self._cluster.log_tail()}\n{os.listdir(self.scratch)}"

    def discard(self) -> None:
        """Let nothing wait any more."""
        self.go_on()
        self._host.discard()


__all__ = ("SlowHost",)
