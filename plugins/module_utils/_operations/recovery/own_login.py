# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our own login to a recovered server: the role of today may not have existed at the target."""

from __future__ import annotations

from collections.abc import Iterator

from ..._core.errors import Unavailable
from ..._core.postgres.cluster import Cluster
from ..._core.recovery.access import is_safe_name
from ..._core.restore.journal import RestoreJournal
from ..._io.postgres.role_names import superusers_of
from ..._io.sql.server import Server
from .check_sessions import Connect

_HINT = (
    "The superusers of that time have names that pg_authid has neither in the backup nor in the cluster before the "
    "restore. Make a superuser with such a name in that cluster (CREATE ROLE … SUPERUSER LOGIN), and restore again."
)


def superusers_at_target(journal: RestoreJournal) -> tuple[str, ...]:
    """Those who may be superusers of the restored server: of the backup, and of the cluster as it was before.

    One that had another name both then and since is among them until VACUUM removes its old row.
    """
    before = journal.pairs[-1].old if journal.in_place and journal.pairs else journal.source.data_directory
    found = (*superusers_of(journal.directory), *superusers_of(before))
    return tuple(dict.fromkeys(name for name in found if is_safe_name(name)))


class OwnLogin:
    """Connects as ``connect`` does, and as one of the ``others`` where that is refused or is no superuser.

    Once a superuser is found, it stays with that one: ``role``, ``None`` for our usual one.
    """

    def __init__(self, connect: Connect, *, others: tuple[str, ...]) -> None:
        self._connect = connect
        self._others = others
        self._is_known = False
        self.role: str | None = None
        self._refusal = ""

    @property
    def phrase(self) -> str:
        """As whom it connects, and why, where that is another one; else empty."""
        return f"as '{self.role}', a superuser at the target: {self._refusal}" if self.role else ""

    def __call__(
        self,
        cluster: Cluster,
        *,
        user: str | None = None,
        database: str | None = None,
        limited: bool = True,
        for_checks: bool = False,
    ) -> Server:
        """A connection, our own without ``user``. Raises what ``connect`` raises as our usual role."""

        def connected(role: str | None) -> Server:
            return self._connect(cluster, user=role, database=database, limited=limited, for_checks=for_checks)

        if user is not None or self._is_known:
            return connected(user or self.role)
        usual: Unavailable | None = None
        for role in self._roles():
            try:
                server = connected(role)
            except Unavailable as error:
                if error.code != "login-failed":
                    raise
                usual = error if role is None else usual
                continue
            if server.is_superuser():
                self._is_known, self.role = True, role
                self._refusal = usual.message if usual else "our usual role was none"
                return server
            server.close()
        if usual is not None:
            raise Unavailable(usual.message, code=usual.code, hint=_HINT if self._others else usual.hint)
        # No superuser is to be found: what one of less rights is told, says more than we could.
        return connected(None)

    def _roles(self) -> Iterator[str | None]:
        yield None
        yield from self._others


__all__ = ("OwnLogin", "superusers_at_target")
