# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The moment from which a job comes to its end, whatever happens to it and to its host."""

from __future__ import annotations

from contextlib import suppress

from ..._io.host.listener import go_on_alone, is_alone
from ..._io.privilege.follower import present_follower
from ..._io.privilege.root import KEEP_GUARD, ask_root, has_root


def keep_guard(data_directory: str) -> None:
    """Let the host see through what is killed of this job, whose record is there.

    Nothing happens where it is none, or has such a guard. Without root or systemd there is none, and the job does
    without. Raises Failed (``interrupted``): a signal that comes meanwhile ends the job.
    """
    if present_follower() is not None and not is_alone() and has_root():
        with suppress(OSError):
            ask_root(KEEP_GUARD, directory=data_directory)


def go_on_guarded(data_directory: str) -> None:
    """From now on this job comes to its end, whoever waits, guarded as by :func:`keep_guard`."""
    keep_guard(data_directory)
    go_on_alone()


__all__ = ("go_on_guarded", "keep_guard")
