# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that no service manager owns."""

from __future__ import annotations

from collections.abc import Callable

from ...._core.postgres.service_command import FAST, pg_ctl_start
from ...host.runner import Result, child_environment
from ...privilege.root import START_SERVER, ask_root, has_root
from ..server_log import start_log_file
from .service_control import ServiceControl

# A server that writes to its log and has no process this long after is not coming.
_GRACE_SECONDS = 2.0
_SILENT_GRACE_SECONDS = 15.0


class PgCtl(ServiceControl):
    """Starts the server with ``pg_ctl``, as the cluster's own user."""

    needs_root = False

    def start(self, *, timeout_seconds: float) -> Result:
        command = pg_ctl_start(self._cluster, log_file=start_log_file(self._cluster))
        if not has_root():
            return self._runner.run(command, check=False, timeout_seconds=timeout_seconds, only_tail=True)
        # A server started by root's worker could gain no rights any more, not by sudo either.
        argv, code, stdout, stderr = ask_root(
            START_SERVER, argv=command, environment=child_environment(), timeout_seconds=timeout_seconds
        )
        return Result(tuple(argv), code, stdout, stderr)

    def stop(self, *, timeout_seconds: float) -> Result:
        return self.stop_server(mode=FAST, timeout_seconds=timeout_seconds)

    def has_given_up(self, *, waited_seconds: float, has_logged: Callable[[], bool]) -> bool:
        return waited_seconds > (_GRACE_SECONDS if has_logged() else _SILENT_GRACE_SECONDS)


__all__ = ("PgCtl",)
