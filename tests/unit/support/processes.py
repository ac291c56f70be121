# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that a test starts by forking: many at once, one that is waited for, one that is killed at a step."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def killed_at_step(act: Callable[[], object], *, step: int) -> bool:
    """Do it in a child that is killed before its call of this number into C, such as a system call.

    ``False``: it has ended before that. The calls are counted by the interpreter itself, so no step is left out.
    """
    child = os.fork()
    if child:
        status = os.waitpid(child, 0)[1]
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            return True
        assert os.WEXITSTATUS(status) == 0, "the child has failed, see standard error"
        return False
    count = -1

    def kill(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        if event == "c_call":
            count += 1
            if count == step:
                os.kill(os.getpid(), signal.SIGKILL)

    _run_in_child(lambda: _profiled(act, kill))
    raise AssertionError


def results_of(act: Callable[[int], str], *, count: int) -> list[str]:
    """What so many processes at once answer, in their order."""
    pipes = [os.pipe() for _number in range(count)]
    children = []
    for number, (_reading, writing) in enumerate(pipes):
        children.append(os.fork())
        if children[-1] == 0:
            _run_in_child(lambda number=number, writing=writing: os.write(writing, act(number).encode()))  # type: ignore[misc]
    answers = []
    for reading, writing in pipes:
        os.close(writing)
        answers.append(os.read(reading, 65536).decode())
        os.close(reading)
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    return answers


@contextmanager
def running_child(act: Callable[[Callable[[], None]], object]) -> Iterator[int]:
    """A child that has called what it was given, and is waited for at the end."""
    reading, writing = os.pipe()
    # A signal that comes before it is waited for is kept.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    child = os.fork()
    if child == 0:
        _run_in_child(lambda: act(lambda: os.write(writing, b"x") and None))
    os.close(writing)
    assert os.read(reading, 1) == b"x"
    try:
        yield child
    finally:
        os.close(reading)
        os.waitpid(child, 0)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])


def _profiled(act: Callable[[], object], kill: Callable[[object, str, object], None]) -> None:
    sys.setprofile(kill)
    try:
        act()
    finally:
        sys.setprofile(None)


def _run_in_child(act: Callable[[], object]) -> None:
    code = 1
    try:
        act()
        code = 0
    except BaseException:  # noqa: BLE001 - nothing of the parent's may run in the child
        traceback.print_exc()
    finally:
        os._exit(code)
