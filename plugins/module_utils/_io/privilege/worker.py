# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does work as an account of this host, in a process that can never become root again."""

from __future__ import annotations

import os
import signal
import socket
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

from ..._core.errors import Failed, PitrError
from .account import Account
from .channel import Channel, RootThroughDoor, error_of, error_to_dict
from .door import RootDoor
from .drop import become
from .parent_death import end_with_parent
from .root import use_root
from .signals import held_back, passed_on, raising, wait_for_end


class WorkerCrashed(Exception):
    """A bug, with the worker's traceback in ``details``; ``""`` where the worker was killed."""

    def __init__(self, details: str = "") -> None:
        super().__init__(details or "the worker was killed")
        self.details = details


def work_as(account: Account, action: Callable[[], Any], *, door: RootDoor) -> Any:
    """The result of ``action``, made plain, from a process of the account; ``door`` serves what only root can do.

    Where this process is not root, it does the work itself. A signal that should end this process ends the worker by
    an exception first, so that it can roll back. Raises what ``action`` raises (PitrError), Refused
    (``os-user-mismatch``), and WorkerCrashed.
    """
    if os.geteuid() != 0:
        become(account)
        with raising(_interrupted):
            return action()
    mine, others = socket.socketpair()
    with held_back() as release:
        worker = os.fork()
        if worker == 0:
            mine.close()
            _work(account, action, Channel(others), release=release)
        others.close()
        try:
            # This process waits for the worker, since that may have to roll back.
            with mine, passed_on(worker):
                release()
                try:
                    return _serve(Channel(mine), door)
                finally:
                    mine.close()
                    wait_for_end(worker)
        finally:
            os.waitpid(worker, 0)


def _work(account: Account, action: Callable[[], Any], channel: Channel, *, release: Callable[[], None]) -> NoReturn:
    code = 1
    try:
        parent = os.getppid()
        # Away from root's terminal, as in `apart`. Its signals come from the parent.
        os.setsid()
        become(account)
        # After the change of user, which undoes it (prctl(2)).
        end_with_parent()
        if os.getppid() != parent:
            os._exit(1)
        use_root(RootThroughDoor(channel))
        with raising(_interrupted):
            release()
            result = action()
        channel.send({"result": result})
        code = 0
    except PitrError as error:
        channel.send({"failed": error_to_dict(error)})
    except BaseException:  # noqa: BLE001  # pylint: disable=broad-exception-caught
        channel.send({"crashed": traceback.format_exc()})
    finally:
        # Nothing of the root process may run here: no clean-up, no buffered output.
        os._exit(code)


def _serve(channel: Channel, door: RootDoor) -> Any:
    while True:
        message = channel.receive()
        if message is None:
            raise WorkerCrashed
        if "result" in message:
            return message["result"]
        if "failed" in message:
            raise error_of(message["failed"])
        if "crashed" in message:
            raise WorkerCrashed(str(message["crashed"]))
        try:
            channel.send({"answer": door.serve(str(message.get("ask")), dict(message.get("arguments") or {}))})
        except (PitrError, OSError) as error:
            channel.send({"error": error_to_dict(error)})
        except (AttributeError, TypeError, ValueError) as error:
            channel.send({"error": error_to_dict(OSError(22, str(error)))})


def _interrupted(number: int) -> Failed:
    return Failed(
        f"interrupted by {signal.Signals(number).name}",
        code="interrupted",
        hint="Run it again: what it had begun was rolled back or is taken up.",
    )


__all__ = ("WorkerCrashed", "work_as")
