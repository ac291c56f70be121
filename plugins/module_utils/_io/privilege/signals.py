# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The signals that ask a process to end, and who handles them for a while."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
_AGAIN_SECONDS = 0.01


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


@contextmanager
def held_back() -> Iterator[Callable[[], None]]:
    """Inside, they are kept for this thread until what is yielded is called, at the latest to the end.

    For a fork: a signal between it and the handler that knows the child would end this process without a word to the
    child. That begins with them held back, too, and has to call what is yielded.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)

    def release() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    try:
        yield release
    finally:
        release()


@contextmanager
def passed_on(process: int) -> Iterator[None]:
    """Inside, another process gets them in place of this one."""
    with handled(lambda number, _frame: pass_on(number, process)):
        yield


def pass_on(number: int, process: int) -> None:
    """Send a signal to a process that may have ended. Raises PermissionError."""
    with suppress(ProcessLookupError):
        os.kill(process, number)


def ignore() -> None:
    """Ignore them from now on: another one, from an impatient hand, must not end the cleaning up."""
    for each in ENDING:
        signal.signal(each, signal.SIG_IGN)


@contextmanager
def raising(error_of: Callable[[int], BaseException]) -> Iterator[None]:
    """Inside, the first of these signals raises what ``error_of`` makes of its number; later ones are ignored.

    Python drops what is raised in a finalizer, in the callback of a weak reference or around a fork
    (``sys.unraisablehook``). There it is raised again a moment later.
    """
    again = _Again(error_of)
    hook = sys.unraisablehook
    alarm = signal.signal(signal.SIGALRM, again.on_alarm)
    sys.unraisablehook = again.on_drop
    try:
        with handled(again.on_signal):
            yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.unraisablehook = hook
        signal.signal(signal.SIGALRM, alarm)


class _Again:
    """Raises one error until it is not dropped."""

    def __init__(self, error_of: Callable[[int], BaseException]) -> None:
        self._error_of = error_of
        self._hook = sys.unraisablehook
        self._error: BaseException | None = None

    def on_signal(self, number: int, _frame: FrameType | None) -> None:
        ignore()
        self._error = self._error_of(number)
        raise self._error

    def on_drop(self, dropped: sys.UnraisableHookArgs) -> None:
        if dropped.exc_value is None or dropped.exc_value is not self._error:
            self._hook(dropped)
            return
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)

    def on_alarm(self, _number: int, frame: FrameType | None) -> None:
        if frame is not None and frame.f_code is _Again.on_drop.__code__:
            # It would be dropped in the hook as well.
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)
        elif self._error is not None:
            raise self._error


@contextmanager
def waiting() -> Iterator[None]:
    """Inside, they wait, whichever thread the system gives them to; only the main thread is ever interrupted by them.

    They are not blocked: programs that are started inside would have them blocked for good.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    try:
        with handled(lambda number, _frame: came.append(number)):
            yield
    finally:
        for number in came:
            signal.raise_signal(number)


def wait_for_end(child: int) -> None:
    """Return when a child process has ended.

    It keeps its number until it is reaped: a signal that is passed on to it meanwhile, with root's rights, reaches no
    other process that has got this number since.
    """
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)


__all__ = (
    "ENDING",
    "handled",
    "held_back",
    "ignore",
    "pass_on",
    "passed_on",
    "raising",
    "wait_for_end",
    "waiting",
)
