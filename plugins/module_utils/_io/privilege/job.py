# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work that comes to its end whatever happens to the process that began it.

Three processes: the one that began it follows; the job's first process, in a session of its own, guards; its child
works. When the child is killed, the guard sees through what it had begun.
"""

from __future__ import annotations

import os
import signal
import socket
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Any, NoReturn

from ..._core.errors import Failed, PitrError
from .channel import Channel, error_of, error_to_dict
from .follower import Follower, use_follower
from .signals import handled, held_back, pass_on, passed_on, wait_for_end
from .worker import WorkerCrashed

Act = Callable[[], Any]


def run_as_job(work: Act, *, see_through: Act, hears: Callable[[], bool]) -> Any:
    """The result of ``work``, or what it tells its follower before its end, as plain data.

    ``see_through`` ends what a killed ``work`` had begun. ``hears`` is whether anybody waits for this process. A signal
    ends the work until that goes on alone; afterwards only this process. Raises what ``work`` raises (PitrError),
    Failed (``job-goes-on``, ``job-killed``), and WorkerCrashed.
    """
    mine, others = socket.socketpair()
    with held_back() as release:
        guard = os.fork()
        if guard == 0:
            mine.close()
            _guard(work, see_through, Follower(others), release=release)
        others.close()
        with mine:
            return _Following(guard, Channel(mine), hears).until_told(release)


class _Following:
    def __init__(self, guard: int, channel: Channel, hears: Callable[[], bool]) -> None:
        self._guard = guard
        self._channel = channel
        self._hears = hears
        self._is_alone = False

    def until_told(self, release: Callable[[], None]) -> Any:
        with handled(self._interrupt):
            release()
            while True:
                message = self._channel.receive()
                if message is None:
                    raise WorkerCrashed
                if "ask" in message:
                    self._channel.send({"heard": self._hears()})
                elif "alone" in message:
                    self._is_alone = True
                else:
                    return _result_of(message)

    def _interrupt(self, number: int, _frame: FrameType | None) -> None:
        if not self._is_alone:
            pass_on(number, self._guard)
            return
        raise Failed(
            f"interrupted by {signal.Signals(number).name}; what it had begun on this host goes on by itself",
            code="job-goes-on",
            hint="Run it again: it waits for the end, and tells how that was.",
        )


def _result_of(message: dict[str, Any]) -> Any:
    if "failed" in message:
        raise error_of(message["failed"])
    if "crashed" in message:
        raise WorkerCrashed(str(message["crashed"]))
    return message.get("result")


def _guard(work: Act, see_through: Act, follower: Follower, *, release: Callable[[], None]) -> NoReturn:
    """Lead a session of its own, without anything for which somebody may wait."""
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nothing, standard)
        use_follower(follower)
        worker = os.fork()
        if worker == 0:
            release()
            _tell_and_end(lambda: _guarded(work, see_through), follower)
        with passed_on(worker):
            release()
            wait_for_end(worker)
        _pid, status = os.waitpid(worker, 0)
        if os.WIFSIGNALED(status):
            _tell_and_end(lambda: _see_through_killed(see_through), follower)
    finally:
        os._exit(0)


def _guarded(work: Act, see_through: Act) -> Any:
    try:
        return work()
    except WorkerCrashed as crashed:
        if crashed.details:
            raise
        return _see_through_killed(see_through)


def _see_through_killed(see_through: Act) -> NoReturn:
    see_through()
    raise Failed(
        "a process of this run was killed",
        code="job-killed",
        hint="What it had begun on this host was brought to its end all the same. Run it again: it tells how that was.",
    )


def _tell_and_end(act: Act, follower: Follower) -> NoReturn:
    try:
        follower.tell({"result": act()})
    except PitrError as error:
        follower.tell({"failed": error_to_dict(error)})
    except BaseException:  # noqa: BLE001  # pylint: disable=broad-exception-caught
        follower.tell({"crashed": traceback.format_exc()})
    finally:
        # Nothing of the process that began it may run here: no clean-up, no buffered output.
        os._exit(0)


__all__ = ("run_as_job",)
