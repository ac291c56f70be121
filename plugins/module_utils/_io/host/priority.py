# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The priority of work that somebody else is not to wait for."""

from __future__ import annotations

import os
import threading

_NICENESS = 10


def take_second_place() -> None:
    """Lower the priority of this thread, and of the programs that it starts."""
    thread = threading.get_native_id()
    # The system lets nobody but root raise it again, where the whole program was started with a lower one.
    if os.getpriority(os.PRIO_PROCESS, thread) < _NICENESS:
        os.setpriority(os.PRIO_PROCESS, thread, _NICENESS)


__all__ = ("take_second_place",)
