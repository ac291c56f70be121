# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may happen to a restore at any moment, and how the connection comes back behind it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

from stage import Stage

Controller = subprocess.Popen[bytes]
_DOWN = "ip link set dev eth0 down"
_UP = "ip link set dev eth0 up"


def _terminate(_stage: Stage, controller: Controller) -> None:
    controller.terminate()


def _kill(_stage: Stage, controller: Controller) -> None:
    controller.kill()


def _cut_network(stage: Stage, _controller: Controller) -> None:
    stage.inside(_DOWN)


def _restart_sshd(stage: Stage, _controller: Controller) -> None:
    # By itself it would leave those that are logged in alone.
    stage.inside("systemctl restart ssh; pkill -KILL 'sshd-session|sshd-auth'")


def _reboot(stage: Stage, _controller: Controller) -> None:
    stage.restart(power_cut=False)


def _cut_power(stage: Stage, _controller: Controller) -> None:
    stage.restart(power_cut=True)


FAULTS: dict[str, Callable[[Stage, Controller], None]] = {
    "controller terminated": _terminate,
    "controller killed": _kill,
    "network cut": _cut_network,
    "sshd restarted": _restart_sshd,
    "host rebooted": _reboot,
    "power cut": _cut_power,
}


def mend(stage: Stage, controller: Controller) -> None:
    """Give the host its network back, and let the controller end, which may wait for an answer for some time."""
    stage.inside(_UP)
    try:
        controller.wait(timeout=120)
    except subprocess.TimeoutExpired:
        controller.kill()
        controller.wait()
    stage.wait_until_reached()
