# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals that ask this very process to end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.signals import ENDING, handled, ignore, waiting


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
