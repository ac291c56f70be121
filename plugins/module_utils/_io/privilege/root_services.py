# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What root asks of the host's service managers: the start and the stop of the account's own server, and its log."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from ..._core.errors import Refused
from ..._core.postgres.cluster import PG_CTLCLUSTER, SYSTEMD, ServiceName
from ..._core.postgres.service_command import START, STOP, ask_owner, unit_log
from .account import Account
from .program import TRUSTED_ENVIRONMENT, Answer, run_program, trusted_command

_UNIT = re.compile(r"[A-Za-z0-9][A-Za-z0-9:_.@\\-]*")
_DEBIAN_UNIT = re.compile(r"postgresql@([0-9]+)-([A-Za-z0-9_.]+(?:-[A-Za-z0-9_.]+)*)")
_DEBIAN_NAME = re.compile(r"([0-9]+(?:\.[0-9]+)?)/([A-Za-z0-9_.][A-Za-z0-9_.-]*)")
_DEBIAN_CONFIGURATIONS = "/etc/postgresql"
_MAX_LINES = 1000


class RootServices:
    """Acts for one account. ``given`` are the services that the administrator named."""

    def __init__(self, account: Account, *, given: frozenset[str]) -> None:
        self._account = account
        self._given = given

    def control(self, *, kind: str, name: str, verb: str, timeout_seconds: float) -> Answer:
        """Ask for a start or a stop. Raises Refused (``service-not-trusted``), Unavailable (``command-timeout``)."""
        if verb not in (START, STOP):
            raise _not_trusted(name, f"'{verb}' is neither a start nor a stop")
        self._check(kind, name)
        return _run(ask_owner(ServiceName(kind, name), verb), timeout_seconds=timeout_seconds)

    def journal(self, *, name: str, since: str, lines: int) -> str:
        """The last lines that a unit has logged."""
        self._check(SYSTEMD, name)
        if not re.fullmatch(r"--since=@[0-9]+|--boot", since):
            raise _not_trusted(name, f"'{since}' is no moment of its log")
        return _run(unit_log(name, since=since, lines=min(int(lines), _MAX_LINES)), timeout_seconds=60)[2]

    def _check(self, kind: str, name: str) -> None:
        """Return when the service is the account's own, or was named by the administrator."""
        pattern = _UNIT if kind == SYSTEMD else _DEBIAN_NAME
        if kind not in (SYSTEMD, PG_CTLCLUSTER) or not pattern.fullmatch(name):
            raise _not_trusted(name, "that is no service")
        if name in self._given:
            return
        debian = (_DEBIAN_UNIT if kind == SYSTEMD else _DEBIAN_NAME).fullmatch(name)
        if debian and self._owns_configuration(*debian.groups()):
            return
        if kind != SYSTEMD or _user_of(name) not in (self._account.name, str(self._account.uid)):
            raise _not_trusted(name, f"it does not run as '{self._account.name}'")

    def _owns_configuration(self, version: str, name: str) -> bool:
        try:
            return os.lstat(f"{_DEBIAN_CONFIGURATIONS}/{version}/{name}").st_uid == self._account.uid
        except OSError:
            return False


def _run(argv: Sequence[str], *, timeout_seconds: float) -> Answer:
    done = run_program(trusted_command(argv), TRUSTED_ENVIRONMENT, timeout_seconds=timeout_seconds)
    return (argv, *done[1:])


def _user_of(unit: str) -> str:
    shown = _run(["systemctl", "show", "--property=User", "--value", f"{unit}.service"], timeout_seconds=60)
    return shown[2].strip()


def _not_trusted(name: str, reason: str) -> Refused:
    return Refused(
        f"root neither starts nor stops the service '{name}': {reason}",
        code="service-not-trusted",
        hint="Set 'pitr_cluster_service' to the service that runs the cluster, if that is the one.",
    )


__all__ = ("RootServices",)
