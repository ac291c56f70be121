# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that is a unit of systemd."""

from __future__ import annotations

from collections.abc import Callable

from ...._core.postgres.service_command import START, STOP
from ...host.runner import Result
from .service_control import ServiceControl

# A unit that was just asked to start may still be shown in its old state.
_FIRST_SECONDS = 1.0


class SystemdUnit(ServiceControl):
    """Asks systemd, which obeys root alone."""

    needs_root = True

    def start(self, *, timeout_seconds: float) -> Result:
        return self._ask_root(START, timeout_seconds=timeout_seconds)

    def stop(self, *, timeout_seconds: float) -> Result:
        return self._ask_root(STOP, timeout_seconds=timeout_seconds)

    def has_given_up(self, *, waited_seconds: float, has_logged: Callable[[], bool]) -> bool:
        if waited_seconds <= _FIRST_SECONDS:
            return False
        unit = self._unit()
        # A start that still waits for something else, such as a mount, is a job of an inactive unit.
        is_queued = unit.get("Job", "0") not in ("", "0")
        return unit.get("ActiveState") in ("failed", "inactive") and not is_queued

    def is_settled(self) -> bool:
        return self._unit().get("ActiveState") != "activating"

    @property
    def log_place(self) -> str:
        return f"journalctl -u {self._cluster.service.name}"

    def _unit(self) -> dict[str, str]:
        unit = f"{self._cluster.service.name}.service"
        shown = self._runner.run(["systemctl", "show", "--property=ActiveState,Job", unit]).stdout
        return dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)


__all__ = ("SystemdUnit",)
