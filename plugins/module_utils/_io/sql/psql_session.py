# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One ``psql`` that stays, and is given one script after the other: starting one takes 20 to 40 ms."""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import IO, cast

from ..._core.errors import Unavailable
from ..host.files import write_all
from ..host.runner import Result, start_program

_PIECE_BYTES = 65536
_END_SECONDS = 10
# It can't be a line of any answer.
_END = "\x01end\x01"


class PsqlSession:
    """A running ``psql``, told to stop at the first error. It ends by itself when this process does."""

    def __init__(self, argv: Sequence[str], *, environment: Mapping[str, str]) -> None:
        self._argv = tuple(argv)
        # In memory: no directory may be writable for this account.
        self._errors = cast(IO[bytes], os.fdopen(os.memfd_create("psql"), "w+b"))
        try:
            self._process = start_program(
                argv, environment=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
            )
        except BaseException:
            self._errors.close()
            raise

    def ask(self, script: str, *, timeout_seconds: float) -> Result:
        """What the script printed. An exit code other than 0 means that psql has ended; so does what is raised.

        Raises Unavailable (``command-timeout``).
        """
        try:
            write_all(cast(IO[bytes], self._process.stdin).fileno(), f"{script}\n\\echo {_END}\n".encode())
        except BrokenPipeError:
            return self._ended(b"")
        end, answer = f"{_END}\n".encode(), bytearray()
        deadline = time.monotonic() + timeout_seconds
        while not answer.endswith(end):
            piece = self._read(deadline)
            if not piece:
                return self._ended(bytes(answer))
            answer += piece
        return Result(self._argv, 0, answer[: -len(end)].decode("utf-8", "replace"), "")

    def close(self) -> None:
        """End it."""
        cast(IO[bytes], self._process.stdin).close()
        output = cast(IO[bytes], self._process.stdout)
        deadline = time.monotonic() + _END_SECONDS
        # Its output ends when it does. To wait for it alone would be to look again after some milliseconds.
        while select.select([output], [], [], max(0, deadline - time.monotonic()))[0] and output.read(_PIECE_BYTES):
            pass
        output.close()
        try:
            self._process.wait(timeout=max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()

    def _read(self, deadline: float) -> bytes:
        output = cast(IO[bytes], self._process.stdout).fileno()
        if not select.select([output], [], [], max(0, deadline - time.monotonic()))[0]:
            self._process.kill()
            raise Unavailable(
                f"'{self._argv[0]}' did not respond in time",
                code="command-timeout",
                hint="The view pg_stat_activity shows what the server is waiting for.",
            )
        return os.read(output, _PIECE_BYTES)

    def _ended(self, answer: bytes) -> Result:
        rc = self._process.wait()
        self._errors.seek(0)
        said = self._errors.read().decode("utf-8", "replace")
        return Result(self._argv, rc, answer.decode("utf-8", "replace"), said)


__all__ = ("PsqlSession",)
