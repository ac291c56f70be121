# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to several programs at once.

Python's ``concurrent.futures`` does the same and takes longer to import than two of them to answer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
S = TypeVar("S")

_MOST_AT_ONCE = 8


def at_once(work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """What ``work`` makes of each item, in their order, eight at a time. Raises what it raised of the first to fail."""
    todo = list(enumerate(items))[::-1]
    found: dict[int, R] = {}
    failed: dict[int, BaseException] = {}

    def go_on() -> None:
        while todo and not failed:
            try:
                number, item = todo.pop()
            except IndexError:
                # Another one took the last.
                return
            try:
                found[number] = work(item)
            except BaseException as error:  # noqa: BLE001 - it is raised again by the thread that asked
                failed[number] = error

    threads = [threading.Thread(target=go_on, daemon=True) for _number in range(min(_MOST_AT_ONCE, len(todo)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[min(failed)]
    return [found[number] for number in sorted(found)]


def both(first: Callable[[], R], second: Callable[[], S]) -> tuple[R, S]:
    """What the two return, called at once. Raises what the first raised that failed."""
    found: list[R] = []
    found_second: list[S] = []

    def ask(number: int) -> None:
        if number == 1:
            found.append(first())
        else:
            found_second.append(second())

    at_once(ask, (1, 2))
    return found[0], found_second[0]


__all__ = ("at_once", "both")
