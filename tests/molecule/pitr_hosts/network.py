# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network of its own for the hosts of a scenario."""

from __future__ import annotations

import ipaddress

from .podman import Podman

__all__ = ["make_network", "network_name", "remove_network"]

FIRST_HOST = 10


def network_name(scenario: str) -> str:
    """The network's name."""
    return f"pitr-{scenario}"


def make_network(podman: Podman, *, scenario: str, count: int) -> list[str]:
    """Makes the network and returns addresses in it for ``count`` hosts, which stay theirs over a restart.

    It is an internal one: the hosts reach each other and this machine, and nothing else.
    """
    name = network_name(scenario)
    podman.run("network", "create", "--internal", name)
    subnet = ipaddress.ip_network(podman.objects("network", "inspect", name)[0]["subnets"][0]["subnet"])
    return [str(subnet[FIRST_HOST + index]) for index in range(count)]


def remove_network(podman: Podman, *, scenario: str) -> None:
    """Removes the network where it is there."""
    name = network_name(scenario)
    if any(network["name"] == name for network in podman.objects("network", "ls", "--format", "json")):
        podman.run("network", "rm", "-f", name)
