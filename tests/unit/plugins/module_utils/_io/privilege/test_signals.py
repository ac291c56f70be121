# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals that ask this very process to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.signals import (
    ENDING,
    handled,
    ignore,
    raising,
    wait_for_end,
    waiting,
)


@pytest.fixture(autouse=True)
def own_handlers() -> Iterator[None]:
    """What the tests change is put back."""
    before = {number: signal.getsignal(number) for number in ENDING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", ENDING)
def test_handler_gets_them_inside_alone(number: int) -> None:
    got: list[int] = []
    before = signal.getsignal(number)
    with handled(lambda number, _frame: got.append(number)):
        os.kill(os.getpid(), number)
    assert got == [number]
    assert signal.getsignal(number) is before


def test_signal_that_is_ignored_stays_so() -> None:
    got: list[int] = []
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with handled(lambda number, _frame: got.append(number)):
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGTERM)
    assert got == [signal.SIGTERM]


def test_later_ones_can_be_ignored_by_the_handler() -> None:
    got: list[int] = []

    def once(number: int, _frame: object) -> None:
        got.append(number)
        ignore()

    with handled(once):
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
    assert got == [signal.SIGTERM]


def test_they_wait_until_the_end() -> None:
    got: list[str] = []
    with handled(lambda _number, _frame: got.append("signal")):
        with waiting():
            os.kill(os.getpid(), signal.SIGTERM)
            got.append("work")
        assert got == ["work", "signal"]


def test_they_wait_where_another_thread_gets_them() -> None:
    got: list[str] = []
    ended = threading.Event()
    other = threading.Thread(target=ended.wait)
    arrived, arriving = os.pipe()
    os.set_blocking(arriving, False)
    before = signal.set_wakeup_fd(arriving)
    other.start()
    try:
        with handled(lambda _number, _frame: got.append("signal")), waiting():
            signal.pthread_kill(other.ident or 0, signal.SIGTERM)
            assert os.read(arrived, 1) == bytes((signal.SIGTERM,))
            got.append("work")
    finally:
        signal.set_wakeup_fd(before)
        os.close(arrived)
        os.close(arriving)
        ended.set()
        other.join()
    assert got == ["work", "signal"]


def test_programs_started_while_they_wait_can_be_ended() -> None:
    with waiting(), subprocess.Popen(["sleep", "60"]) as program:
        program.terminate()
        assert program.wait(timeout=10) == -signal.SIGTERM


def test_they_wait_where_what_is_done_fails() -> None:
    got: list[str] = []
    with handled(lambda _number, _frame: got.append("signal")):
        with pytest.raises(ValueError, match="work"), waiting():
            os.kill(os.getpid(), signal.SIGTERM)
            raise ValueError("work")
        assert got == ["signal"]


def test_child_keeps_its_number_until_it_is_reaped() -> None:
    child = os.fork()
    if child == 0:
        os._exit(7)
    wait_for_end(child)
    os.kill(child, signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


class Ended(Exception):
    pass


class Finalized:
    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)


class Referenced:
    pass


def in_a_finalizer() -> None:
    Finalized()


def in_the_callback_of_a_weak_reference() -> None:
    referenced = Referenced()
    reference = weakref.ref(referenced, lambda _reference: os.kill(os.getpid(), signal.SIGTERM))
    del referenced
    assert reference() is None


def at_once() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize("interrupted", [at_once, in_a_finalizer, in_the_callback_of_a_weak_reference])
def test_signal_ends_what_runs_wherever_it_comes(interrupted: Callable[[], None]) -> None:
    hook, alarm = sys.unraisablehook, signal.getsignal(signal.SIGALRM)
    cleaned: list[str] = []
    with pytest.raises(Ended, match="15"), raising(Ended):
        try:
            interrupted()
            time.sleep(30)
        finally:
            # From an impatient hand.
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.05)
            cleaned.append("all")
    assert cleaned == ["all"]
    assert sys.unraisablehook is hook
    assert signal.getsignal(signal.SIGALRM) is alarm


def test_what_others_drop_is_shown_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    class Faulty:
        def __del__(self) -> None:
            raise ValueError("theirs")

    shown: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda dropped: shown.append(str(dropped.exc_value)))
    with raising(Ended):
        Faulty()
    assert shown == ["theirs"]
