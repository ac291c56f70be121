# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever waits for what this process will say."""

from __future__ import annotations

import select

from ..._core.errors import Failed
from ..privilege.follower import present_follower

_STDOUT = 1


def is_heard(descriptor: int = _STDOUT) -> bool:
    """Whether the other end of the standard output is there.

    A controller that is killed, or a connection that is cut, closes it and sends no signal where there is no terminal.
    A file takes everything, and so does ``/dev/null``.
    """
    poll = select.poll()
    poll.register(descriptor, 0)
    return not any(state & (select.POLLERR | select.POLLHUP) for _descriptor, state in poll.poll(0))


def is_followed(descriptor: int = _STDOUT) -> bool:
    """Whether anybody waits for what this process, or the follower of this job, will say."""
    follower = present_follower()
    return is_heard(descriptor) if follower is None else follower.hears()


def check_heard(descriptor: int = _STDOUT) -> None:
    """Return when somebody waits. Raises Failed (``nobody-waits``)."""
    if not is_followed(descriptor):
        raise Failed(
            "nobody waits for this run any more: whoever started it is gone, or the connection is cut",
            code="nobody-waits",
            hint="The server was not stopped, and nothing was replaced. Run it again.",
        )


def go_on_alone() -> None:
    """From now on this job comes to its end, whoever waits; nothing happens where it is none."""
    follower = present_follower()
    if follower is not None:
        follower.go_on_alone()


def is_alone() -> bool:
    """Whether this is a job that comes to its end, whoever waits."""
    follower = present_follower()
    return follower is not None and follower.is_alone


__all__ = ("check_heard", "go_on_alone", "is_alone", "is_followed", "is_heard")
