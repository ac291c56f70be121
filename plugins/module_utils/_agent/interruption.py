# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a command ends that is interrupted from outside: it cleans up, and says so in one line."""

from __future__ import annotations

import signal
from collections.abc import Callable

from .._core.errors import Failed
from .._io.privilege.signals import raising
from .console.progress_line import clear_line

_HINTS = {
    "backup": "Run it again: what it had begun is removed.",
    "expire": "Run it again: it removes what is left.",
    "copy": "Run it again: it goes on where this one was.",
    "verify": "Run it again with --resume: it goes on where this one was.",
}


def run_interruptible(act: Callable[[], int], *, hint: str, complain: Callable[[Failed], None]) -> int:
    """The result of ``act``; 128 and the signal's number when one has ended it, which is said by ``complain``."""
    try:
        with raising(_Interrupted):
            return act()
    except _Interrupted as interrupted:
        clear_line()
        number = interrupted.number
        complain(Failed(f"interrupted by {signal.Signals(number).name}", code="interrupted", hint=hint))
        return 128 + number


def interruption_hint(command: str, *, is_dry_run: bool) -> str:
    """What to do after an interruption; ``""`` where nothing is left of it."""
    return "" if is_dry_run else _HINTS.get(command, "")


class _Interrupted(SystemExit):
    """As an exception, so that processes are ended and what was being written is removed."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = number


__all__ = ("interruption_hint", "run_interruptible")
