# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read from a storage on another host."""

from __future__ import annotations

from ..storage.piped_reading import PipedReading
from .wire import ANSWER, DATA

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .connection import Connection, Connections


class RemoteReading(PipedReading):
    """The content that the other side sends on a connection, which is this reading's until it is closed."""

    def __init__(self, connection: Connection, *, connections: Connections) -> None:
        self._connection = connection
        self._connections = connections
        super().__init__()

    def received(self) -> Iterator[bytes]:
        """What it sends, to its end."""
        while True:
            kind, content = self._connection.reply()
            if kind == ANSWER:
                return
            if kind != DATA:
                raise self._connection.nonsense(f"it sent {kind!r} within a file")
            yield content

    def interrupt(self) -> None:
        """End the connection."""
        self._connection.kill()

    def finish(self) -> None:
        """Give the connection back, or end it where not all was taken."""
        self._connections.done_with(self._connection)


__all__ = ("RemoteReading",)
