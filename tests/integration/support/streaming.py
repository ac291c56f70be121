# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The receiver of streamed WAL that the modules set up, without systemd, and the loss of a host."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from typing import Any

from support.cluster import Cluster
from support.module_run import ModuleRun
from support.restoring import Site


class Stream:
    """The receiver that the modules set up, and a shell that runs its commands as the unit does."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.directory = site.workbench.make_directory("received")
        self.process: subprocess.Popen[bytes] | None = None

    def slot(self, *, fails: bool = False, check: bool = False, **options: Any) -> ModuleRun:
        names = ("name", "data_directory", "bin_directory", "login_user")
        given = {key: self.site.options[key] for key in names}
        return self.site.workbench.run_module("stream_slot", {**given, **options}, expect_failure=fails, check=check)

    def receiver(self, *, fails: bool = False, check: bool = False, **options: Any) -> ModuleRun:
        names = ("name", "agent_path", "config_directory", "bin_directory")
        given = {
            **{key: self.site.options[key] for key in names},
            "directory": str(self.directory),
            "hosts": [str(self.site.cluster.socket_directory)],
            "port": self.site.cluster.port,
            "user": self.site.cluster.superuser,
            "service_manager": "none",
        }
        return self.site.workbench.run_module("wal_receiver", {**given, **options}, expect_failure=fails, check=check)

    def start(self, **options: Any) -> ModuleRun:
        """Set both up, and run them."""
        self.slot()
        made = self.receiver(**options)
        create, receive = (shlex.join(made["commands"][name]) for name in ("create_slot", "receive"))
        user = self.site.cluster.os_user
        loop: list[str] = ["/bin/sh", "-c", f"while :; do {create} && {receive}; sleep 0.2; done"]
        self.process = subprocess.Popen(
            loop,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=user.environment(made["environment"]),
            **user.popen_options(),  # type: ignore[call-overload]
        )
        return made

    def prove(self) -> ModuleRun:
        return self.slot(prove=True)

    def info(self) -> ModuleRun:
        """What the report is made of."""
        left_out = ("agent_path", "config_directory")
        given = {key: value for key, value in self.site.options.items() if key not in left_out}
        return self.site.workbench.run_module("wal_archive_info", given)

    def stop(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(timeout=30)
            self.process = None

    def prune(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command of the timer."""
        command = self.receiver(check=True)["commands"]["prune"]
        return self.site.cluster.os_user.run([*command, *arguments])

    def whole(self) -> set[str]:
        return {path.name for path in self.directory.iterdir() if len(path.name) == 24}


def lose(cluster: Cluster) -> None:
    """The server dies, and all that its host had with it."""
    cluster.crash()
    shutil.rmtree(cluster.data)
    for lock in cluster.socket_directory.glob(".s.PGSQL.*"):
        lock.unlink()
