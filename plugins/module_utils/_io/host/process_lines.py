# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what a running process says, line by line, without waiting for more than a moment."""

from __future__ import annotations

import os
import re
import select
import subprocess
from typing import IO, cast

_BREAK = re.compile(rb"[\r\n]+")


class ProcessLines:
    """The lines of a process's standard error; carriage returns, with which progress is drawn, end lines too."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._descriptor = cast(IO[bytes], process.stderr).fileno()
        self._rest = b""
        self._kept: list[str] = []
        self.ended = False

    @property
    def text(self) -> str:
        """Everything but progress, for a message; at most the last 200 lines."""
        return "\n".join([*self._kept, self._rest.decode("utf-8", "replace")]).strip()

    def next(self, *, timeout_seconds: float) -> list[str]:
        """The lines that were completed, waiting at most so long for the first."""
        if self.ended:
            return []
        readable, _unused, _unused = select.select([self._descriptor], [], [], timeout_seconds)
        if not readable:
            return []
        piece = os.read(self._descriptor, 65536)
        if not piece:
            self.ended = True
            return []
        *lines, self._rest = _BREAK.split(self._rest + piece)
        texts = [line.decode("utf-8", "replace") for line in lines if line.strip()]
        self._kept = [*self._kept, *(text for text in texts if " kB (" not in text)][-200:]
        return texts


__all__ = ("ProcessLines",)
