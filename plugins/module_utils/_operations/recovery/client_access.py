# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets into the server of a recovery: nobody but us, until it is handed over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..._core.errors import Failed
from ..._core.postgres.cluster import Cluster
from ..._core.restore.journal import RestoreJournal
from ..._io.host.wait import wait_until
from ..._io.sql.server import Server
from ..restore.configuration.recovery_access import admit, let_everybody_in

_RELOAD_SECONDS = 30


@dataclass(frozen=True)
class ClientAccess:
    """Access to the server that this journal's restore has staged; ``roles`` are those that we log in as.

    A restore that version 0.1.0 staged is open all the time, and nothing here does anything.
    """

    journal: RestoreJournal
    roles: tuple[str, ...]

    @property
    def is_ours(self) -> bool:
        """Whether the server is started with files of ours."""
        return "hba_file" in self.journal.staged

    @property
    def cluster(self) -> Cluster:
        """The server, reached by the socket that only the recovery has where it has no other."""
        restored = self.journal.restored
        directory = self.journal.staged.get("unix_socket_directories") or restored.socket_directory
        return replace(restored, socket_directory=directory)

    def close(self, *, also: Iterable[str] = ()) -> bool:
        """Let in nobody but the account, as our roles and those ``also`` named; whether a reload has to follow."""
        journal = self.journal
        return self.is_ours and admit(journal.directory, os_user=journal.source.os_user, roles=(*self.roles, *also))

    def admit(self, role: str, *, server: Server) -> None:
        """Let the account in as one more role, at once. Raises Failed (``reload-failed``)."""
        if self.close(also=[role]):
            _reload(server)

    def check(self, server: Server) -> None:
        """Raise Failed (``recovery-not-private``) where the server did not take our files."""
        in_force = server.setting("hba_file") if self.is_ours else None
        if in_force is not None and in_force != self.journal.staged["hba_file"]:
            raise Failed(
                f"the server reads '{in_force}', so clients get in while it recovers",
                code="recovery-not-private",
                hint="Whatever starts the server sets hba_file: set it in the configuration file instead.",
            )

    def open(self, server: Server) -> None:
        """Let everybody in whom the files of everyday let in. Raises Failed (``hba-invalid``, ``reload-failed``)."""
        if not self.is_ours or not let_everybody_in(self.journal.directory):
            return
        wrong = server.hba_errors()
        if wrong:
            raise Failed(
                f"the server would refuse its pg_hba.conf: {'; '.join(wrong)}",
                code="hba-invalid",
                hint=f"Correct '{self.journal.restored.hba_file}'.",
            )
        _reload(server)


def _reload(server: Server) -> None:
    """Reload, and wait for it: the postmaster takes up no connection between telling its children and its new files
    (``process_pm_reload_request`` in src/backend/postmaster/postmaster.c)."""
    before = server.configuration_loaded_at()
    server.one("SELECT pg_catalog.pg_reload_conf()")
    if not wait_until(lambda: server.configuration_loaded_at() > before, seconds=_RELOAD_SECONDS, pause_seconds=0.02):
        raise Failed(
            f"the server did not reload its configuration within {_RELOAD_SECONDS} seconds",
            code="reload-failed",
            hint="Its log says what it made of the files.",
        )


__all__ = ("ClientAccess",)
