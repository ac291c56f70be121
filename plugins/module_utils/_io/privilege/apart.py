# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command that root typed goes on as another user, away from root's terminal.

Whatever runs in a terminal's session can put characters into its input, as if root had typed them for the shell that
reads them next. Source: ioctl_tty(2), ``TIOCSTI``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NoReturn

from .account import Account
from .drop import become
from .parent_death import end_with_parent
from .signals import held_back, passed_on, wait_for_end


def become_apart(account: Account) -> None:
    """Be the account from now on, as :func:`become` does, in a new process that has no terminal to itself.

    The present process passes signals on to it, and ends as it does. Raises OSError.
    """
    parent = os.getpid()
    with held_back() as release:
        child = os.fork()
        if child:
            _end_as(child, release)
    os.setsid()
    become(account)
    # After the change of user, which undoes it (prctl(2)).
    end_with_parent()
    if os.getppid() != parent:
        os._exit(1)


def _end_as(child: int, release: Callable[[], None]) -> NoReturn:
    with passed_on(child):
        release()
        wait_for_end(child)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    # Nothing else is left to do here, and what is buffered is the child's to write.
    os._exit(code if code >= 0 else 128 - code)


__all__ = ("become_apart",)
