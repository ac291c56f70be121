# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for something that nobody announces."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")


def wait_until(
    ask: Callable[[], T],
    *,
    seconds: float,
    pause_seconds: float = 0.1,
    enough: Callable[[T], bool] = bool,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> T:
    """The first answer that is ``enough``, asked for at once and after every pause; else the last one in that time.

    What ``ask`` raises ends the waiting.
    """
    deadline = clock() + seconds
    while True:
        answer = ask()
        if enough(answer) or clock() >= deadline:
            return answer
        sleep(pause_seconds)


__all__ = ("wait_until",)
