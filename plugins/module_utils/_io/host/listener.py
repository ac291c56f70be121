# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever waits for what this process will say."""

from __future__ import annotations

import select

from ..._core.errors import Failed

_STDOUT = 1


def check_heard(descriptor: int = _STDOUT) -> None:
    """Return when the other end of the standard output is there.

    A controller that is killed, or a connection that is cut, closes it and sends no signal where there is no terminal.
    A file takes everything, and so does ``/dev/null``. Raises Failed (``nobody-waits``).
    """
    poll = select.poll()
    poll.register(descriptor, 0)
    if any(state & (select.POLLERR | select.POLLHUP) for _descriptor, state in poll.poll(0)):
        raise Failed(
            "nobody waits for this run any more: whoever started it is gone, or the connection is cut",
            code="nobody-waits",
            hint="The server was not stopped, and nothing was replaced. Run it again.",
        )


__all__ = ("check_heard",)
