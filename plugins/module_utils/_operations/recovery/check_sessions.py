# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions of SQL checks: as a role without a superuser's rights."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from ..._core.errors import Failed, Unavailable
from ..._core.postgres.cluster import Cluster
from ..._io.sql.server import Server
from .checks_role import fitting_role
from .client_access import ClientAccess

_READS_ALL = "pg_read_all_data"
_EXISTS = "SELECT 1 FROM pg_catalog.pg_database WHERE datname = %(name)s"
_WHO = "SELECT current_user::text"


class Connect(Protocol):
    """Opens a connection to the server of a cluster, as ``user`` (``None``: as our own).

    Without ``limited`` a statement may take any time; ``for_checks`` are sessions for the user's statements. Raises
    Unavailable (``server-starting``, ``server-down``, ``login-failed``) while it cannot.
    """

    def __call__(
        self,
        cluster: Cluster,
        *,
        user: str | None = None,
        database: str | None = None,
        limited: bool = True,
        for_checks: bool = False,
    ) -> Server: ...


@dataclass(frozen=True)
class CheckSession:
    """A connection for one check, and the role it runs as.

    ``takes_role``: the connection is a superuser's, and takes the role for its transaction only.
    """

    server: Server
    role: str
    takes_role: bool = False


class CheckSessions:
    """Opens sessions in any database of one server, for which ``own`` gives our own connection.

    ``given`` is the role that the user wants (``None``: one that fits).
    """

    def __init__(self, connect: Connect, *, access: ClientAccess, own: Callable[[], Server], given: str | None) -> None:
        self._connect = connect
        self._access = access
        self._own = own
        self._given = given

    def open(self, database: str) -> CheckSession:
        """A new session.

        Raises Failed (``checks-user-refused``, ``check-database-missing``) and what connecting raises.
        """
        if not self._own().rows(_EXISTS, {"name": database}):
            raise Failed(
                f"the database '{database}' of a check does not exist at this point",
                code="check-database-missing",
                hint="It was made later, or dropped before. Choose another target, or leave the check out.",
            )
        role = self._given or self._fitting(database)
        if role is None:
            return self._as_our_own(database)
        try:
            self._access.admit(role, server=self._own())
            return CheckSession(
                self._connect(self._access.cluster, user=role, database=database, for_checks=True), role
            )
        except Unavailable as error:
            if error.code != "login-failed":
                raise
            raise Failed(
                f"the role '{role}' cannot run checks in database '{database}': {error.message}",
                code="checks-user-refused",
                hint="Name in 'pitr_restore_checks_user' a role that could log in to that database at the target.",
            ) from error

    def _fitting(self, database: str) -> str | None:
        # Where the server was started with the files of everyday, these would refuse the account as another role.
        if not self._access.is_ours:
            return None
        with closing(self._connect(self._access.cluster, database=database)) as server:
            return fitting_role(server)

    def _as_our_own(self, database: str) -> CheckSession:
        server = self._connect(self._access.cluster, database=database, for_checks=True)
        try:
            if server.is_superuser():
                return CheckSession(server, _READS_ALL, takes_role=True)
            return CheckSession(server, str(server.one(_WHO)[0]))
        except BaseException:
            server.close()
            raise


__all__ = ("CheckSession", "CheckSessions", "Connect")
