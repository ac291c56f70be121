# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends a server process that does not heed its statement_timeout: a function may catch that, and go on for ever."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def backend_deadline(pid: int, *, seconds: float) -> Iterator[threading.Event]:
    """Inside, the process gets so long; then it is told to terminate, which no function can catch.

    The event is set once it was told. Leave before the connection is closed: until then the process id is its own.
    """
    told = threading.Event()

    def tell() -> None:
        told.set()
        os.kill(pid, signal.SIGTERM)

    timer = threading.Timer(seconds, tell)
    timer.daemon = True
    timer.start()
    try:
        yield told
    finally:
        timer.cancel()
        timer.join()


__all__ = ("backend_deadline",)
