# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts of a scenario: started, waited for, restarted, removed."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

from .errors import HostError
from .network import make_network, network_name, remove_network
from .podman import Podman

__all__ = ["Host", "logs", "restart", "start", "stop"]

LABEL = "pitr.scenario"
BOOT_TIMEOUT_SECONDS = 90
# Of what the kernel still does for a frozen process that was killed.
_DYING_SECONDS = 0.5
LOG_COMMAND = (
    "for f in /var/log/postgresql/*.log /var/lib/pgsql/*/data/log/*; do "
    '[ -f "$f" ] && echo "== $f" && tail -n 40 "$f"; done; '
    "echo '== journal'; journalctl --no-pager -n 40 -u 'postgresql*'"
)


@dataclass(frozen=True)
class Host:
    """A host: its name in the inventory, Debian's release, and its address."""

    name: str
    release: str
    address: str


def container(scenario: str, host: str) -> str:
    """The name of the container that is the host."""
    return f"pitr-{scenario}-{host}"


def containers(podman: Podman, *, scenario: str = "") -> list[str]:
    """The names of the scenario's containers; of all scenarios' where none is named."""
    label = f"label={LABEL}={scenario}" if scenario else f"label={LABEL}"
    return podman.run("ps", "-a", "--filter", label, "--format", "{{.Names}}").split()


def start(podman: Podman, *, scenario: str, hosts: Sequence[tuple[str, str]], tags: dict[str, str]) -> list[Host]:
    """Starts the hosts, given as (name, release), and returns them when they answer by SSH."""
    stop(podman, scenario=scenario)
    addresses = make_network(podman, scenario=scenario, count=len(hosts))
    started = [Host(name=n, release=r, address=a) for (n, r), a in zip(hosts, addresses)]
    for host in started:
        options = run_options(podman, scenario=scenario, host=host)
        name = container(scenario, host.name)
        podman.run("run", "-d", *options, tags[host.release], "/lib/systemd/systemd", host=name)
    for host in started:
        wait_for(podman, scenario=scenario, host=host)
    return started


def run_options(podman: Podman, *, scenario: str, host: Host) -> list[str]:
    """podman's options for a host: systemd as process 1, privileged so that scenarios can mount file systems."""
    names = ["--name", container(scenario, host.name), "--hostname", host.name, "--label", f"{LABEL}={scenario}"]
    network = ["--network", network_name(scenario), "--ip", host.address]
    systemd = ["--privileged", "--systemd=always", *podman.cgroup_options(container(scenario, host.name))]
    return [*names, *network, *systemd, "--stop-signal", "SIGRTMIN+3", *podman.limits()]


def wait_for(podman: Podman, *, scenario: str, host: Host) -> None:
    """Returns when systemd has finished starting and SSH answers; HostError with the journal where it does not."""
    name, deadline, state = container(scenario, host.name), time.monotonic() + BOOT_TIMEOUT_SECONDS, "unknown"
    while time.monotonic() < deadline:
        # A question that comes too early may never be answered: systemd drops who asked while it was not ready.
        state = podman.run("exec", name, "timeout", "3", "systemctl", "is-system-running", check=False).strip()
        if state in ("running", "degraded") and answers(host.address):
            return
        time.sleep(0.5)
    journal = podman.run("exec", name, "journalctl", "--no-pager", "-n", "60", check=False)
    raise HostError(
        f"host {host.name} did not start in {BOOT_TIMEOUT_SECONDS} seconds, systemd says '{state}':\n{journal}"
    )


def answers(address: str) -> bool:
    """Whether an SSH server greets at the address."""
    try:
        with socket.create_connection((address, 22), timeout=2) as connection:
            connection.settimeout(2)
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def address_of(podman: Podman, *, scenario: str, host: str) -> str:
    """The host's address in the scenario's network."""
    details = podman.objects("inspect", container(scenario, host))[0]
    return str(details["NetworkSettings"]["Networks"][network_name(scenario)]["IPAddress"])


def restart(podman: Podman, *, scenario: str, host: str, power_cut: bool = False) -> None:
    """Starts the host again, in good order or, as after a power cut, with every process killed at once."""
    name = container(scenario, host)
    if power_cut:
        # When process 1 is killed, the others would have some milliseconds in which they see it gone.
        first = int(podman.run("inspect", "--format", "{{.State.Pid}}", name))
        with podman.frozen(name):
            os.kill(first, signal.SIGKILL)
            time.sleep(_DYING_SECONDS)
        podman.run("wait", name, check=False)
    else:
        podman.run("stop", "-t", "60", name, timeout_seconds=180)
    podman.forget_cgroup(name)
    podman.run("start", name, host=name)
    address = address_of(podman, scenario=scenario, host=host)
    wait_for(podman, scenario=scenario, host=Host(name=host, release="", address=address))


def stop(podman: Podman, *, scenario: str) -> None:
    """Removes the scenario's hosts and its network."""
    names = containers(podman, scenario=scenario)
    if names:
        podman.run("rm", "-f", "-v", "-t", "0", *names)
        for name in names:
            podman.forget_cgroup(name)
    remove_network(podman, scenario=scenario)


def logs(podman: Podman, *, scenario: str) -> str:
    """The end of PostgreSQL's logs and of the journal of each of the scenario's hosts."""
    return "\n".join(
        f"---- {name}\n{podman.run('exec', name, 'sh', '-c', LOG_COMMAND, check=False)}"
        for name in containers(podman, scenario=scenario)
    )
