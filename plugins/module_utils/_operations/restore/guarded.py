# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The moment from which a job comes to its end, whatever happens to it and to its host."""

from __future__ import annotations

from contextlib import suppress

from ..._core.errors import PitrError
from ..._io.host.listener import go_on_alone, is_alone
from ..._io.privilege.follower import present_follower
from ..._io.privilege.root import KEEP_GUARD, ask_root, has_root


def go_on_guarded(data_directory: str) -> None:
    """From now on this job comes to its end, whoever waits, and the host sees through what is killed of it.

    Nothing happens where it is none. Without root or systemd there is no such guard, and the job does without.
    """
    if present_follower() is None or is_alone():
        return
    if has_root():
        with suppress(PitrError, OSError):
            ask_root(KEEP_GUARD, directory=data_directory)
    go_on_alone()


__all__ = ("go_on_guarded",)
