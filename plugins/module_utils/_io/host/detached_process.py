# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that go on beside PostgreSQL's calls, for a while."""

from __future__ import annotations

import gc
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_DESCRIPTORS_MAX = 1024


def run_detached(work: Callable[[], object], *, keeps: int) -> None:
    """Let a new process do this, with the descriptor ``keeps`` and none else for which somebody may wait.

    Open would be a caller's locks, and the pipe to the server's logger, which ends when nobody holds it any more.
    Raises OSError.
    """
    if os.fork():
        return
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nothing, standard)
        os.closerange(3, keeps)
        os.closerange(keeps + 1, _DESCRIPTORS_MAX)
        gc.enable()
        work()
    finally:
        # Always 0: where PostgreSQL is the first process of a container it inherits this one, and takes any other code
        # for the crash of one of its own. What went wrong the calls themselves meet again, and tell.
        os._exit(0)


__all__ = ("run_detached",)
