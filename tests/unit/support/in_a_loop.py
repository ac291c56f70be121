# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody else does again and again while the product works."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread


@contextmanager
def in_a_loop(act: Callable[[], object], *, pause_seconds: float = 0) -> Iterator[None]:
    """Do it in a thread until the end, with a pause before each time."""
    ended = Event()

    def repeat() -> None:
        while not ended.wait(pause_seconds):
            act()

    thread = Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def traded(one: Path, other: Path) -> Iterator[None]:
    """The two take each other's place until the end, where they are as they were."""
    libc, count = ctypes.CDLL(None), [0]

    def exchange() -> None:
        # renameat2(2) with RENAME_EXCHANGE.
        assert libc.renameat2(-100, os.fsencode(one), -100, os.fsencode(other), 2) == 0
        count[0] += 1

    with in_a_loop(exchange):
        yield
    if count[0] % 2:
        exchange()


__all__ = ("in_a_loop", "traded")
