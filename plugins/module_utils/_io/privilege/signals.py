# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The signals that ask a process to end, and who handles them for a while."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


@contextmanager
def handled(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Inside, ``handler`` gets these signals."""
    before = {number: signal.getsignal(number) for number in ENDING}
    # A signal that is ignored stays so: nohup, and the shell for a job in the background, mean that.
    taken = [number for number in ENDING if before[number] is not signal.SIG_IGN]
    for number in taken:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, before[number])


def ignore() -> None:
    """Ignore them from now on: another one, from an impatient hand, must not end the cleaning up."""
    for each in ENDING:
        signal.signal(each, signal.SIG_IGN)


@contextmanager
def waiting() -> Iterator[None]:
    """Inside, they wait."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


__all__ = ("ENDING", "handled", "ignore", "waiting")
