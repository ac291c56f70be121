# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections to a storage on another host: each one a process, such as ssh, that speaks for it."""

from __future__ import annotations

import os
import select
import subprocess
import threading
from typing import cast

from ..._core.errors import Failed, PitrError
from ..._core.repository.ssh_command import connection_error
from ..host.runner import program_missing
from .wire import (
    ABORT,
    ANSWER,
    DATA,
    END,
    FAILURE,
    HELLO,
    REQUEST,
    VERSION,
    Channel,
    Disconnected,
    unpack,
    unpack_error,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import IO

_SAID_BYTES = 4096
_ENDING_SECONDS = 10.0
_MOST_VERSION = 20


class Connection:
    """One session. It belongs to one caller at a time, and whatever it raises in the middle makes it useless."""

    def __init__(self, command: Sequence[str], *, place: str, name: str = "") -> None:
        self._place = place
        self._name = name
        self._owner = os.getpid()
        # Not a pipe: the process in the background that shares the connection keeps it open.
        self._said = os.memfd_create("ssh")
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, bufsize=0
            )
        except OSError as error:
            os.close(self._said)
            raise program_missing(command[0]) from error
        source, sink = cast("IO[bytes]", self._process.stdout), cast("IO[bytes]", self._process.stdin)
        self.channel = Channel(source.fileno(), sink.fileno())
        self._is_greeted = False
        #: Whether the last request came to its end, in an answer or in an error of the other side's.
        self.is_answered = True
        #: Whether the other side does not speak as it should.
        self.is_lost = False

    @property
    def is_usable(self) -> bool:
        """Whether this process made it, and the other side has not ended it."""
        return self._owner == os.getpid() and not self.has_word()

    def has_word(self, *, within_seconds: float = 0) -> bool:
        """Whether something has come that was not read, or comes by then."""
        waiting = select.poll()
        waiting.register(self.channel.source, select.POLLIN)
        return bool(waiting.poll(within_seconds * 1000))

    def ask(self, *fields: str) -> None:
        """Send a request. Raises as :meth:`reply`."""
        self.is_answered = False
        try:
            if not self._is_greeted:
                self.channel.send_fields(HELLO, VERSION, self._name)
            self.channel.send_fields(REQUEST, *fields)
        except Disconnected as error:
            raise self._lost(error) from error
        if not self._is_greeted:
            self._greet()

    def _greet(self) -> None:
        kind, content = self.reply()
        version = unpack(content)[0][:_MOST_VERSION]
        if kind != HELLO or version != VERSION:
            raise Failed(
                f"the repository '{self._place}' is served in version {version!r} of the protocol, not in {VERSION}",
                code="repository-version",
                hint="Run the playbook 'archive', which brings both ends to one release.",
            )
        self._is_greeted = True

    def reply(self) -> tuple[bytes, bytes]:
        """The next frame.

        Raises what the other side has met; Unavailable (``repository-unreachable``), Refused
        (``repository-key-refused``, …) where the connection is lost.
        """
        try:
            kind, content = self.channel.receive()
        except Disconnected as error:
            raise self._lost(error) from error
        self.is_answered = kind in (ANSWER, FAILURE)
        if kind == FAILURE:
            raise unpack_error(content)
        if kind == DATA and not content:
            # Nobody sends it who has something to say, and it could go on for ever.
            raise self.nonsense("it sent a piece of nothing")
        return kind, content

    def nonsense(self, what: str) -> PitrError:
        """The error for words of the other side's that make no sense. The session is not used again."""
        self.is_answered, self.is_lost = False, True
        return unknown_answer(self._place, what)

    def answer(self) -> list[str]:
        """The fields of an answer, which ends a request. Raises as :meth:`reply`."""
        kind, content = self.reply()
        if kind != ANSWER:
            raise self.nonsense(f"it sent {kind!r} in place of an answer")
        return unpack(content)

    def send(self, kind: bytes, content: bytes = b"") -> None:
        """Send a frame. Raises as :meth:`reply`."""
        try:
            self.channel.send(kind, content)
        except Disconnected as error:
            raise self._lost(error) from error

    def send_content(self, pieces: Iterable[bytes]) -> None:
        """Send pieces and their end; nothing more once the other side has said a word. Raises what ``pieces`` raise."""
        try:
            for piece in pieces:
                if self.has_word():
                    break
                self.channel.send_content((piece,))
            else:
                self.channel.send(END)
                return
            self.channel.send(ABORT)
        except Disconnected as error:
            raise self._lost(error) from error

    def __del__(self) -> None:
        # A process that still runs is kept by the library itself, with its pipes.
        if hasattr(self, "_process"):
            self._hang_up()

    def kill(self) -> None:
        """End the process at once; whoever reads from it hears no more."""
        self._process.kill()

    def close(self) -> None:
        """End the session. What runs on the other side is interrupted."""
        self._hang_up()
        if self._owner == os.getpid():
            try:
                self._process.wait(_ENDING_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._said >= 0:
            os.close(self._said)
            self._said = -1

    def _hang_up(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def _lost(self, error: Disconnected) -> PitrError:
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:
            # It lives: the other side is confused, and what ssh has said tells nothing.
            return connection_error("", place=self._place, reason=str(error))
        said = os.pread(self._said, _SAID_BYTES, 0).decode("utf-8", "replace") if self._said >= 0 else ""
        code = self._process.returncode
        return connection_error(said, place=self._place, reason=str(error), exit_code=code)


class Connections:
    """The sessions of this process with one storage; an idle one is used again.

    ``name`` is the cluster that is meant, which the other side compares with the one that it serves.
    """

    def __init__(self, command: Sequence[str], *, place: str, name: str = "") -> None:
        self._command = command
        self.place = place
        self._name = name
        self._idle: list[Connection] = []
        self._lock = threading.Lock()

    def take(self) -> Connection:
        """A session for the caller alone, until he is done with it. Nothing is sent yet."""
        with self._lock:
            while self._idle:
                connection = self._idle.pop()
                if connection.is_usable:
                    return connection
                connection.close()
        return Connection(self._command, place=self.place, name=self._name)

    def done_with(self, connection: Connection) -> None:
        """Let others have a session whose last request came to its end; any other is ended."""
        if not connection.is_answered:
            connection.close()
            return
        with self._lock:
            self._idle.append(connection)


def unknown_answer(place: str, what: str) -> PitrError:
    """The error for words of the other side's that make no sense."""
    return Failed(
        f"the repository '{place}' gives answers that this release does not know: {what}",
        code="repository-version",
        hint="Run the playbook 'archive', which brings both ends to one release; or find out who answers there.",
    )


__all__ = ("Connection", "Connections", "unknown_answer")
