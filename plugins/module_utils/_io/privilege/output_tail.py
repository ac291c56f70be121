# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a program to its end, and keeps the end of what it writes, however much that is."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Sequence
from typing import Any

# More than a program says of a failure.
TAIL_BYTES = 1 << 20
_PIECE_BYTES = 1 << 16


def run_for_tail(argv: Sequence[str], *, timeout_seconds: float, **others: Any) -> subprocess.CompletedProcess[bytes]:
    """Both outputs are cut to the last lines within ``TAIL_BYTES``; ``others`` are what ``Popen`` takes besides.

    Raises subprocess.TimeoutExpired, with the program killed, and OSError where it cannot be started.
    """
    deadline = time.monotonic() + timeout_seconds
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, bufsize=0, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, **others) as process:
        try:
            stdout, stderr = _tails(process, deadline=deadline, timeout_seconds=timeout_seconds)
            process.wait(max(0.0, deadline - time.monotonic()))
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(argv, process.returncode, stdout, stderr)


def _tails(process: subprocess.Popen[bytes], *, deadline: float, timeout_seconds: float) -> tuple[bytes, bytes]:
    kept = {stream.fileno(): bytearray() for stream in (process.stdout, process.stderr) if stream}
    with selectors.DefaultSelector() as selector:
        for descriptor in kept:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                raise subprocess.TimeoutExpired(process.args, timeout_seconds)
            for key, _events in selector.select(left):
                piece = os.read(key.fd, _PIECE_BYTES)
                if not piece:
                    selector.unregister(key.fd)
                tail = kept[key.fd]
                tail += piece
                # One byte more than is kept, which tells that there was more.
                if len(tail) > 2 * TAIL_BYTES:
                    del tail[: -TAIL_BYTES - 1]
    stdout, stderr = kept.values()
    return _last_lines(stdout), _last_lines(stderr)


def _last_lines(tail: bytearray) -> bytes:
    if len(tail) <= TAIL_BYTES:
        return bytes(tail)
    end = bytes(tail[-TAIL_BYTES:])
    # It begins in the middle of a line; one that is longer than all of this has no other beginning.
    return end.partition(b"\n")[2] or end


__all__ = ("TAIL_BYTES", "run_for_tail")
