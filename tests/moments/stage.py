# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host with a cluster of some hundred MB, the playbooks run against it, and what can be seen of it from outside."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench_host import HOSTS, CommandFailedError, Host

VERSION = 18
PORT = 5432
SCENARIO = "moments"
RELEASE = "forky"
# What a host that is not reached must not hold up, and what must not be shared with a run that was killed.
SSH_ARGUMENTS = (
    "-o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o ControlMaster=no -o ConnectTimeout=10"
    " -o ServerAliveInterval=5 -o ServerAliveCountMax=3"
)
REST_SECONDS = 240
ROWS = "SELECT count(*) FROM event"


class NotAtRestError(Exception):
    """The cluster was not running again in time, by itself; the message has what was seen last."""


@dataclass(frozen=True)
class Ended:
    """How a playbook ended, and what it printed."""

    rc: int
    said: str


class Stage:
    """The host of this run. What is asked of it meanwhile does not go through its network or its sshd."""

    def __init__(self, host: Host, folder: Path) -> None:
        self._host = host
        self._inventory = folder / "inventory.json"
        variables = {
            "ansible_host": host.address,
            "ansible_user": "ops",
            "ansible_become": True,
            "ansible_ssh_private_key_file": host.key,
            "ansible_ssh_common_args": SSH_ARGUMENTS,
            "ansible_python_interpreter": "/usr/bin/python3",
            "pitr_cluster_data_directory": f"/var/lib/postgresql/{VERSION}/main",
            "pitr_repository_path": "/srv/pitr",
            "pitr_archiving_allow_restart": True,
        }
        self._inventory.write_text(json.dumps({"all": {"hosts": {"main": variables}}}), encoding="utf-8")
        containers = _hosts("podman", "ps", "--quiet", "--filter", f"name=pitr-{SCENARIO}-.*-{RELEASE}$")
        self._container = containers.split()[0]

    def start(self, playbook: str, *, log: Path, **variables: Any) -> subprocess.Popen[bytes]:
        """A playbook of the collection that is at work."""
        with log.open("wb") as stream:
            return subprocess.Popen(
                self._argv(playbook, variables), stdout=stream, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
            )

    def play(self, playbook: str, **variables: Any) -> Ended:
        """A playbook, to its end."""
        done = subprocess.run(
            self._argv(playbook, variables), capture_output=True, stdin=subprocess.DEVNULL, text=True, check=False
        )
        return Ended(done.returncode, done.stdout + done.stderr)

    def _argv(self, playbook: str, variables: Mapping[str, Any]) -> list[str]:
        words = ["ansible-playbook", "--inventory", str(self._inventory), f"pgfleet.pitr.{playbook}"]
        return [*words, "--extra-vars", json.dumps(variables)]

    def ask(self, sql: str) -> str:
        """The last value that the statements give, by SSH. Raises CommandFailedError."""
        psql = ("psql", "-XAtq", "--set=ON_ERROR_STOP=1", f"-p{PORT}", f"-c{sql}", "postgres")
        return self._host.run(*psql, user="postgres").strip()

    def inside(self, script: str) -> str:
        """What a script prints on the host, empty where that is not up."""
        return _hosts("podman", "exec", self._container, "bash", "-c", script, check=False)

    def restart(self, *, power_cut: bool) -> None:
        """Reboot the host, or cut its power and let it boot."""
        _hosts("restart", *(["--power-cut"] if power_cut else []), SCENARIO, RELEASE)

    def wait_for_rest(self) -> None:
        """Return when nothing is at work on the cluster, and its server lets clients write. Raises NotAtRestError."""
        deadline = time.monotonic() + REST_SECONDS
        seen = ""
        while time.monotonic() < deadline:
            seen = self.inside(_AT_REST)
            if seen.strip().endswith("at rest"):
                return
            time.sleep(1)
        raise NotAtRestError(f"{seen}\n{self.inside('journalctl --no-pager --lines 60')}")

    def settle(self) -> None:
        """Return when everything that was written is archived. Raises TimeoutError."""
        self.ask("SELECT pg_switch_wal()")
        deadline = time.monotonic() + 120
        while self.ask("SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'") != "0":
            if time.monotonic() > deadline:
                raise TimeoutError("the WAL was not archived within two minutes")
            time.sleep(0.2)

    def wait_until_reached(self) -> None:
        """Return when SSH works again. Raises CommandFailedError."""
        for _attempt in range(30):
            try:
                self._host.run("true")
                return
            except CommandFailedError:
                time.sleep(1)
        self._host.run("true")


# A module that does not know yet that nobody waits for it is at work as well.
_AT_REST = f"""
if pgrep -f '[a]nsible_pgfleet|[A]nsiballZ|[g]uard.zip' >/dev/null; then echo 'a module is at work'; exit; fi
if ls /etc/systemd/system/pgpitr-guard-*.service >/dev/null 2>&1; then echo 'a guard is there'; exit; fi
systemctl is-active postgresql@{VERSION}-main || exit 0
[ "$(runuser -u postgres -- psql -XAtq -p{PORT} -c 'SELECT pg_is_in_recovery()' postgres 2>&1)" = f ] && echo 'at rest'
"""


def _hosts(*words: str, check: bool = True) -> str:
    done = subprocess.run([str(HOSTS), *words], capture_output=True, text=True, check=False, env=os.environ)
    if check and done.returncode != 0:
        raise CommandFailedError(f"hosts {' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
