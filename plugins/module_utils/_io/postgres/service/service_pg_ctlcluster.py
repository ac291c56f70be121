# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of Debian's tools, on a host that systemd does not run."""

from __future__ import annotations

from collections.abc import Callable

from ...._core.postgres.service_command import START, STOP
from ...host.runner import Result
from .service_control import ServiceControl


class DebianCluster(ServiceControl):
    """Asks ``pg_ctlcluster``, which becomes the cluster's owner by itself."""

    needs_root = True

    def start(self, *, timeout_seconds: float) -> Result:
        return self._ask_root(START, timeout_seconds=timeout_seconds)

    def stop(self, *, timeout_seconds: float) -> Result:
        return self._ask_root(STOP, timeout_seconds=timeout_seconds)

    def has_given_up(self, *, waited_seconds: float, has_logged: Callable[[], bool]) -> bool:
        # It has waited for the server itself.
        return True


__all__ = ("DebianCluster",)
