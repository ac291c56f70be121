# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far each link of a chain, read side by side with the others, runs ahead of those that need its blocks."""

from __future__ import annotations

import errno
from collections.abc import Callable, Collection
from threading import Condition, Lock

from ..._io.stream.direct_write import NotWhole


class Turns:
    """Who goes on and who waits, of ``count`` links that are numbered from the newest, 0.

    A link waits while it holds more than ``most_held_bytes``, until an older one has used what it holds: unless an
    older one waits for it, or not all have begun. The newest waits for nobody else, and each other one for newer ones
    only: so there is always one that goes on.
    """

    def __init__(self, count: int, *, most_held_bytes: int) -> None:
        self._lock = Lock()
        # Apart, so that nobody is woken for what is none of his.
        self._has_come = Condition(self._lock)
        self._has_room = [Condition(self._lock) for _link in range(count)]
        self._most_held_bytes = most_held_bytes
        self._held_bytes = [0] * count
        self._waiting_for = [0] * count
        self._not_begun = count
        self._has_ended = [False] * count
        self._is_given_up = False

    def begin(self) -> None:
        """One more link is read."""
        with self._lock:
            self._not_begun -= 1

    def hold(self, link: int, size_bytes: int) -> None:
        """Return when the link may hold so much more. Raises NotWhole."""
        with self._lock:
            self._has_room[link].wait_for(lambda: self._is_given_up or self._may_hold(link, size_bytes))
            self.check()
            self._held_bytes[link] += size_bytes

    def let_go(self, link: int, size_bytes: int) -> None:
        """So much of what the link holds was used."""
        with self._lock:
            self._held_bytes[link] -= size_bytes
            # Not for each piece: who was woken has something to do.
            if self._held_bytes[link] * 2 <= self._most_held_bytes or not self._held_bytes[link]:
                self._has_room[link].notify_all()

    def tell(self, link: int) -> None:
        """Something of the link is there that others may wait for."""
        with self._lock:
            if self._waiting_for[link]:
                self._has_come.notify_all()

    def wait_for(self, missing: Callable[[], Collection[int]]) -> None:
        """Return when no link is ``missing``, whose part is not there. Raises NotWhole, and what ``missing`` does."""
        asked: set[int] = set()
        with self._lock:
            try:
                while (links := {*missing()}) and not self._is_given_up:
                    self._ask_for(links - asked)
                    self._ask_no_more_for(asked - links)
                    asked = links
                    self._has_come.wait()
            finally:
                self._ask_no_more_for(asked)
            self.check()

    def end(self, link: int) -> None:
        """All of the link was read."""
        with self._lock:
            self._has_ended[link] = True
            self._has_come.notify_all()

    def has_ended(self, link: int) -> bool:
        """Whether all of the link was read."""
        return self._has_ended[link]

    def give_up(self) -> None:
        """One has failed: nobody waits any more."""
        with self._lock:
            self._is_given_up = True
            for each in (self._has_come, *self._has_room):
                each.notify_all()

    def _ask_for(self, links: Collection[int]) -> None:
        for link in links:
            self._waiting_for[link] += 1
            self._has_room[link].notify_all()

    def _ask_no_more_for(self, links: Collection[int]) -> None:
        for link in links:
            self._waiting_for[link] -= 1

    def _may_hold(self, link: int, size_bytes: int) -> bool:
        held = self._held_bytes[link]
        return bool(
            not held or held + size_bytes <= self._most_held_bytes or self._waiting_for[link] or self._not_begun
        )

    def check(self) -> None:
        """Raise NotWhole when one has failed."""
        if self._is_given_up:
            raise NotWhole(errno.ECANCELED, "another link of the chain has failed")


__all__ = ("Turns",)
