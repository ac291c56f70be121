# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who waits for whom, and that somebody always goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.direct_write import NotWhole
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.turns import Turns

SOON = 0.2


class Threads:
    """Calls that may have to wait."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool

    def start(self, call: Callable[..., Any], *arguments: Any) -> Future[Any]:
        return self._pool.submit(call, *arguments)


@pytest.fixture
def turns() -> Iterator[Turns]:
    made = Turns(3, most_held_bytes=10)
    yield made
    made.give_up()


@pytest.fixture
def threads(turns: Turns) -> Iterator[Threads]:
    pool = ThreadPoolExecutor(8)
    yield Threads(pool)
    # Whoever waits still would keep the test waiting for ever.
    turns.give_up()
    pool.shutdown()


def waits(call: Future[Any]) -> bool:
    with suppress(TimeoutError):
        call.result(timeout=SOON)
    return not call.done()


def begin_all(turns: Turns) -> None:
    for _link in range(3):
        turns.begin()


def test_link_that_runs_ahead_waits_until_what_it_holds_is_used(turns: Turns, threads: Threads) -> None:
    begin_all(turns)
    turns.hold(0, 10)
    ahead = threads.start(turns.hold, 0, 1)
    # Each has room of its own.
    turns.hold(1, 10)
    assert waits(ahead)
    turns.let_go(1, 10)
    assert waits(ahead)
    turns.let_go(0, 4)
    # Whoever is woken has something to do.
    assert waits(ahead)
    turns.let_go(0, 1)
    ahead.result(timeout=5)


def test_one_file_of_any_size_is_held(turns: Turns) -> None:
    begin_all(turns)
    turns.hold(0, 1000)
    assert turns._held_bytes == [1000, 0, 0]


def test_nobody_waits_for_room_before_all_have_begun(turns: Turns, threads: Threads) -> None:
    turns.begin()
    turns.begin()
    turns.hold(0, 10)
    turns.hold(0, 10)
    turns.begin()
    assert waits(threads.start(turns.hold, 0, 1))


def test_link_that_an_older_one_waits_for_goes_on(turns: Turns, threads: Threads) -> None:
    begin_all(turns)
    turns.hold(0, 10)
    turns.hold(1, 10)
    there: set[int] = set()
    older = threads.start(turns.wait_for, lambda: {0, 1} - there)
    assert waits(older)
    turns.hold(0, 5)
    turns.hold(1, 5)
    there.add(0)
    turns.tell(0)
    assert waits(older)
    # This one has given what it was asked for.
    assert waits(threads.start(turns.hold, 0, 5))
    turns.hold(1, 5)
    there.add(1)
    turns.tell(1)
    older.result(timeout=5)
    assert waits(threads.start(turns.hold, 1, 5))


def test_two_that_wait_do_not_wake_each_other_for_ever(turns: Turns, threads: Threads) -> None:
    looks = 0
    lock = threading.Lock()

    def missing(link: int) -> tuple[int, ...]:
        nonlocal looks
        with lock:
            looks += 1
        return (link,)

    both = [threads.start(turns.wait_for, lambda link=link: missing(link)) for link in (0, 1)]
    assert all(waits(each) for each in both)
    assert looks < 10


def test_who_waits_is_told_that_another_has_failed(turns: Turns, threads: Threads) -> None:
    begin_all(turns)
    turns.hold(0, 10)
    both = [threads.start(turns.hold, 0, 1), threads.start(turns.wait_for, lambda: (1,))]
    assert all(waits(each) for each in both)
    turns.give_up()
    for each in both:
        with pytest.raises(NotWhole):
            each.result(timeout=5)
    with pytest.raises(NotWhole):
        turns.hold(1, 1)
    with pytest.raises(NotWhole):
        turns.wait_for(tuple)


def test_who_waits_looks_again_when_a_link_has_ended(turns: Turns, threads: Threads) -> None:
    def missing() -> tuple[int, ...]:
        if turns.has_ended(0):
            raise ValueError("it lacks the file")
        return (0,)

    older = threads.start(turns.wait_for, missing)
    assert waits(older)
    turns.end(0)
    with pytest.raises(ValueError, match="lacks"):
        older.result(timeout=5)
    # Nobody waits for it any more.
    assert turns._waiting_for == [0, 0, 0]
