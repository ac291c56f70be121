# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Leases of a storage on another host: held there, and gone with the session."""

from __future__ import annotations

from ..._core.errors import PitrError
from ..storage.port import Lease
from .wire import flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .connection import Connection, Connections


class RemoteLease(Lease):
    """A session that holds a name; a child that inherits its ``descriptor`` keeps it open."""

    def __init__(self, session: Connection, *, connections: Connections) -> None:
        self._session: Connection | None = session
        self._connections = connections
        self.descriptor = session.channel.sink

    def note(self, text: str) -> None:
        """Let the other side write it down."""
        if self._session is not None:
            self._session.ask("note", text)
            self._session.answer()

    def release(self) -> None:
        """Let the other side release it; where it is not heard, the end of the session does."""
        session, self._session = self._session, None
        if session is None:
            return
        try:
            session.ask("release")
            session.answer()
        except PitrError:
            # It is released all the same.
            pass
        self._connections.done_with(session)


def remote_lease(
    connections: Connections, name: str, *, shared: bool, wait_seconds: float, is_stored: bool
) -> RemoteLease:
    """What :meth:`Storage.lease` does."""
    session = connections.take()
    try:
        session.ask("lease", name, flag(shared), repr(float(wait_seconds)), flag(is_stored))
        session.answer()
    except BaseException:
        connections.done_with(session)
        raise
    return RemoteLease(session, connections=connections)


__all__ = ("RemoteLease", "remote_lease")
