# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbooks cost for a fleet: many small clusters on two hosts that are reached by SSH.

`PITR_BENCH_CLUSTERS` (40) are set up; then `archive` has nothing to do, and `report` tells of all. Exit code 0: within
the limits; 1: not; 3: this machine cannot run test hosts.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "against_pgbackrest"))

from bench_host import CANNOT_RUN, HOSTS, CommandFailedError, Host

SCENARIO = "bench-fleet"
RELEASES = ("trixie", "forky")
VERSIONS = {"trixie": 17, "forky": 18}
CLUSTERS = int(os.environ.get("PITR_BENCH_CLUSTERS", "40"))
ROUNDS = int(os.environ.get("PITR_BENCH_ROUNDS", "3"))
FORKS = "10"
CONTROLLER_SECONDS_MOST = 2.0
REPORT_SECONDS_MOST = 60.0
FILL = """
for name in {names}; do
    pg_createcluster {version} "$name" -- --data-checksums >/dev/null
    conf=/etc/postgresql/{version}/"$name"/conf.d/small.conf
    printf 'shared_buffers = 8MB\\nmax_connections = 20\\nautovacuum = off\\n' > "$conf"
    systemctl start "postgresql@{version}-$name"
done
"""
PING = [
    {"name": "Ping", "hosts": "all", "gather_facts": False, "tasks": [{"name": "Ping", "ansible.builtin.ping": {}}]}
]


@dataclass(frozen=True)
class Cost:
    """Of one run: wall clock, processor time of the controller with its SSH clients, and of all hosts."""

    seconds: float
    controller_seconds: float
    hosts_seconds: float

    def __str__(self) -> str:
        return (
            f"{self.seconds:.1f} s, controller {self.controller_seconds:.1f} s of processor"
            f" ({self.controller_seconds / CLUSTERS:.2f} a cluster), hosts {self.hosts_seconds:.1f} s"
            f" ({self.hosts_seconds / CLUSTERS:.2f} a cluster)"
        )


class Fleet:
    """The hosts, and an inventory of their clusters."""

    def __init__(self, hosts: Sequence[Host], folder: Path) -> None:
        self._hosts = hosts
        self._inventory = folder / "inventory.json"
        self._ping = folder / "ping.yml"
        self._ping.write_text(json.dumps(PING), encoding="utf-8")

    def fill(self) -> None:
        """Make the clusters."""
        entries: dict[str, Any] = {}
        per_host = -(-CLUSTERS // len(self._hosts))
        for number, (release, host) in enumerate(zip(RELEASES, self._hosts)):
            names = [f"c{each:02}" for each in range(number * per_host, min(CLUSTERS, (number + 1) * per_host))]
            host.script(FILL.format(names=" ".join(names), version=VERSIONS[release]))
            for name in names:
                entries[name] = _entry(host, f"/var/lib/postgresql/{VERSIONS[release]}/{name}")
        self._inventory.write_text(json.dumps({"all": {"hosts": entries}}), encoding="utf-8")

    def ping(self) -> Cost:
        """What a module that does nothing costs."""
        return self._run(str(self._ping))

    def play(self, name: str, **variables: Any) -> Cost:
        """A playbook of the collection. Raises CommandFailedError."""
        return self._run(f"pgfleet.pitr.{name}", "--extra-vars", json.dumps(variables))

    def _run(self, *words: str) -> Cost:
        argv = ["ansible-playbook", "--forks", FORKS, "--inventory", str(self._inventory), *words]
        on_hosts, before, began = self._hosts_seconds(), _children_seconds(), time.monotonic()
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        seconds, after = time.monotonic() - began, _children_seconds()
        if done.returncode != 0:
            raise CommandFailedError(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout[-6000:]}")
        return Cost(seconds, after - before, self._hosts_seconds() - on_hosts)

    def _hosts_seconds(self) -> float:
        stats = [host.run("head", "-n", "1", "/sys/fs/cgroup/cpu.stat") for host in self._hosts]
        return sum(int(text.split()[1]) for text in stats) / 1e6


def _entry(host: Host, data_directory: str) -> dict[str, Any]:
    return {
        "ansible_host": host.address,
        "ansible_user": "ops",
        "ansible_become": True,
        "ansible_ssh_private_key_file": host.key,
        "ansible_ssh_common_args": "-o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no",
        "ansible_python_interpreter": "/usr/bin/python3",
        "pitr_cluster_data_directory": data_directory,
        "pitr_repository_path": "/srv/pitr",
    }


def _children_seconds() -> float:
    """Of the processes that have ended. A shared SSH connection outlives a run, and is not in it."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(fleet: Fleet) -> bool:
    """Whether all is within the limits; what was measured is printed."""
    fleet.fill()
    print(f"{CLUSTERS} clusters on {len(RELEASES)} hosts, {FORKS} forks, {os.cpu_count()} cores", flush=True)
    print(f"archive, set up: {fleet.play('archive', pitr_archiving_allow_restart=True)}", flush=True)
    runs: dict[str, list[Cost]] = {"ping": [], "archive": [], "report": []}
    for _round in range(ROUNDS):
        runs["ping"].append(fleet.ping())
        runs["archive"].append(fleet.play("archive"))
        runs["report"].append(fleet.play("report"))
        for name, costs in runs.items():
            print(f"{name}: {costs[-1]}", flush=True)
    controller = median(cost.controller_seconds for cost in runs["archive"]) / CLUSTERS
    report = median(cost.seconds for cost in runs["report"])
    print(f"archive with nothing to do: controller {controller:.2f} s a cluster (limit {CONTROLLER_SECONDS_MOST:g})")
    print(f"report: {report:.1f} s (limit {REPORT_SECONDS_MOST:g})")
    return controller <= CONTROLLER_SECONDS_MOST and report <= REPORT_SECONDS_MOST


def main() -> int:
    """The exit code."""
    argv = [str(HOSTS), "up", SCENARIO, *(f"{release}:{release}" for release in RELEASES)]
    done = subprocess.run(argv, stdout=subprocess.PIPE, check=False)
    if done.returncode == CANNOT_RUN:
        print("bench-fleet: NOT RUN: no test hosts can be run here, see above")
        return CANNOT_RUN
    try:
        hosts = [Host(address=each["address"], key=each["key"]) for each in json.loads(done.stdout)]
        with tempfile.TemporaryDirectory() as folder:
            return 0 if measure(Fleet(hosts, Path(folder))) else 1
    except CommandFailedError as error:
        print(f"bench-fleet: {error}")
        return 1
    finally:
        subprocess.run([str(HOSTS), "down", SCENARIO], check=True)


if __name__ == "__main__":
    sys.exit(main())
