# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read from a storage on another host: a thread takes it in, and whoever wants it reads a pipe."""

from __future__ import annotations

import os
import threading

from ..._core.errors import PitrError
from ..host.files import write_all
from ..storage.port import Reading
from .wire import ANSWER, DATA, PIECE_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from .connection import Connection, Connections

# How long one waits for the other side to notice that nobody wants the rest.
_ENDING_SECONDS = 2.0


class RemoteReading(Reading):
    """The content that the other side sends on a connection, which is this reading's until it is closed.

    A reader of the descriptor cannot tell the end of the content from that of the connection. So whoever leaves the
    context gets the error of the connection instead of what he made of its end.
    """

    def __init__(self, connection: Connection, *, connections: Connections) -> None:
        self._connection = connection
        self._connections = connections
        self._error: PitrError | OSError | None = None
        self.descriptor, self._sink = os.pipe()
        self._thread = threading.Thread(target=self._take_in, daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[bytes]:
        while chunk := os.read(self.descriptor, PIECE_BYTES):
            yield chunk
        self._thread.join()
        if self._error is not None:
            raise self._error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if self._error is not None and (kind is None or issubclass(kind, (PitrError, OSError))):
            raise self._error from None

    def close(self) -> None:
        """Give the connection back, or end it where not all was taken."""
        if self.descriptor < 0:
            return
        descriptor, self.descriptor = self.descriptor, -1
        os.close(descriptor)
        self._thread.join(_ENDING_SECONDS)
        if self._thread.is_alive():
            # The other side has fallen silent in the middle.
            self._connection.kill()
            self._thread.join(_ENDING_SECONDS)
            # Whoever closes it has what he wanted.
            self._error = None
        if not self._thread.is_alive():
            self._connections.done_with(self._connection)

    def _take_in(self) -> None:
        try:
            while True:
                kind, content = self._connection.reply()
                if kind == ANSWER:
                    return
                if kind != DATA:
                    raise self._connection.nonsense(f"it sent {kind!r} within a file")
                write_all(self._sink, content)
        except BrokenPipeError:
            # Nobody wants the rest.
            return
        except (PitrError, OSError) as error:
            self._error = error
        finally:
            os.close(self._sink)


__all__ = ("RemoteReading",)
