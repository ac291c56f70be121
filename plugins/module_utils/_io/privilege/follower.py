# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that follows a job: it waits for the result, and tells it as long as somebody waits for that."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

from .channel import Channel

# One that was stopped (SIGSTOP) must not keep a job from its end.
_ANSWER_SECONDS = 10.0


class Follower:
    """The process at the other end of the connection, which may be gone by now."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._channel = Channel(connection)
        self._is_alone = False

    @property
    def is_alone(self) -> bool:
        """Whether the job comes to its end without it."""
        return self._is_alone

    def hears(self) -> bool:
        """Whether it is there, and somebody waits for what it will say."""
        self._connection.settimeout(_ANSWER_SECONDS)
        try:
            self._channel.send({"ask": "heard"})
            answer = self._channel.receive()
        except (OSError, ValueError):
            return False
        finally:
            self._connection.settimeout(None)
        return bool(answer and answer.get("heard"))

    def go_on_alone(self) -> None:
        """Tell it that from now on the job comes to its end, whatever happens to its follower."""
        self._is_alone = True
        self.tell({"alone": True})

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send it a message; nothing happens when it is gone."""
        try:
            self._channel.send(message)
        except OSError:
            return


class _Present:
    """Of this process, as the root process that can be asked is."""

    follower: Follower | None = None


def present_follower() -> Follower | None:
    """Who follows this process; ``None`` where it is no job."""
    return _Present.follower


def use_follower(follower: Follower) -> None:
    """This process and its children are a job that is followed by that one."""
    _Present.follower = follower


__all__ = ("Follower", "present_follower", "use_follower")
