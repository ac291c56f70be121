# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read from a storage elsewhere: a thread takes it in, and whoever wants it reads a pipe."""

from __future__ import annotations

import os
import threading
from abc import abstractmethod

from ..._core.errors import PitrError
from ..host.files import write_all
from .port import Reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_PIECE_BYTES = 1 << 18
# How long one waits for the other side to notice that nobody wants the rest.
_ENDING_SECONDS = 2.0


class PipedReading(Reading):
    """The content that :meth:`received` brings, which fails where the connection does.

    A reader of the descriptor cannot tell the end of the content from that of the connection. So whoever leaves the
    context gets the error of the connection instead of what he made of its end.
    """

    def __init__(self) -> None:
        self._error: PitrError | OSError | None = None
        self.descriptor, self._sink = os.pipe()
        self._thread = threading.Thread(target=self._take_in, daemon=True)
        self._thread.start()

    @abstractmethod
    def received(self) -> Iterator[bytes]:
        """The pieces as they come. Raises PitrError, OSError."""

    @abstractmethod
    def interrupt(self) -> None:
        """Let a connection that is silent fail."""

    @abstractmethod
    def finish(self) -> None:
        """Give the connection back, or end it where not all was taken."""

    def __iter__(self) -> Iterator[bytes]:
        while chunk := os.read(self.descriptor, _PIECE_BYTES):
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
        """Take no more."""
        if self.descriptor < 0:
            return
        descriptor, self.descriptor = self.descriptor, -1
        os.close(descriptor)
        self._thread.join(_ENDING_SECONDS)
        if self._thread.is_alive():
            # The other side has fallen silent in the middle.
            self.interrupt()
            self._thread.join(_ENDING_SECONDS)
            # Whoever closes it has what he wanted.
            self._error = None
        if not self._thread.is_alive():
            self.finish()

    def _take_in(self) -> None:
        try:
            for piece in self.received():
                write_all(self._sink, piece)
        except BrokenPipeError:
            # Nobody wants the rest.
            return
        except (PitrError, OSError) as error:
            self._error = error
        finally:
            os.close(self._sink)


__all__ = ("PipedReading",)
