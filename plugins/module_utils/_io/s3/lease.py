# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Leases of an object storage: objects that their holders renew, and that others take over when they do not."""

from __future__ import annotations

import os
import random
import threading
import time
from email.utils import parsedate_to_datetime

from ..._core.errors import Busy, Missing, PitrError, Unavailable
from ..._core.repository.lease_log import Holder, LeaseState, lease_folder, state_name, state_number
from ..storage.port import Lease
from .client import CREATE_ONLY, content_md5
from .object_facts import new_token
from .reading import S3Content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .client import S3Client

# How long nobody else has the lease of a process that was killed, and how often a living one renews it.
LEASE_SECONDS = 60
_RENEWALS = 3
_ATTEMPTS = 50
_PAUSE_SECONDS = 0.05
_POLL_SECONDS = 0.5
_CONFLICT, _NOT_MET = 409, 412


class LeaseLog:
    """The states of one lease in the bucket."""

    def __init__(self, client: S3Client, name: str, *, seconds: int) -> None:
        self._client = client
        self._folder = lease_folder(name)
        self.seconds = seconds

    def look(self) -> tuple[int, LeaseState, int]:
        """The number of the newest state (0: there is none), the state, and the store's time."""
        for _attempt in range(_ATTEMPTS):
            numbers, now = self._numbers()
            if not numbers:
                return 0, LeaseState(), now
            try:
                content = b"".join(S3Content(self._client, self._key(numbers[-1])).pieces())
            except Missing:
                # There is a newer one, whose writer has removed this.
                continue
            return numbers[-1], LeaseState.parse(content.decode("utf-8", "replace")), now
        raise self._restless()

    def change(self, decide: Callable[[LeaseState, int], LeaseState]) -> LeaseState:
        """Store what ``decide`` makes of the newest state and the store's time, and return it; again if another was
        quicker. Raises what ``decide`` raises, Unavailable."""
        for _attempt in range(_ATTEMPTS):
            number, state, now = self.look()
            after = decide(state, now)
            if after == state or self._store(number + 1, after):
                return after
            time.sleep(random.uniform(0, _PAUSE_SECONDS))  # noqa: S311 - not for security
        raise self._restless()

    def _store(self, number: int, state: LeaseState) -> bool:
        """Whether this is the newest state now. One that is not has no effect, whenever it arrives."""
        content = str(state).encode()
        answer = self._client.ask(
            "PutObject",
            key=self._key(number),
            expects=(_CONFLICT, _NOT_MET),
            headers=CREATE_ONLY,
            Body=content,
            ContentMD5=content_md5(content),
        )
        if answer is None:
            return False
        # Old numbers are removed, so that one of them may have been free.
        numbers, _now = self._numbers()
        if not numbers or numbers[-1] != number:
            return False
        for old in numbers[:-1]:
            self._client.ask("DeleteObject", key=self._key(old))
        return True

    def _numbers(self) -> tuple[list[int], int]:
        """The numbers of the states, ascending, and the store's time."""
        prefix = self._client.full_key(self._folder) + "/"
        answer: dict[str, Any] = self._client.ask("ListObjectsV2", Prefix=prefix) or {}
        names = (each["Key"][len(prefix) :] for each in answer.get("Contents", ()))
        found = sorted(number for number in map(state_number, names) if number > 0)
        return found, int(parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]).timestamp())

    def _key(self, number: int) -> str:
        return f"{self._folder}/{state_name(number)}"

    def _restless(self) -> Unavailable:
        return Busy(
            f"'{self._client.bucket.address(self._folder)}' is changed by others all the time",
            code="repository-busy",
            hint="Try again.",
        )


class S3Lease(Lease):
    """A lease that a thread renews until it is released."""

    def __init__(self, log: LeaseLog, identifier: str, *, on_release: Callable[[S3Lease], None]) -> None:
        self._log = log
        self._identifier = identifier
        self._on_release = on_release
        self._owner = os.getpid()
        self._ended = threading.Event()
        self._renewed = time.monotonic()
        # A child may inherit it, which holds nothing here: the lease ends when nobody renews it.
        self.descriptor = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        threading.Thread(target=self._keep, daemon=True).start()

    def note(self, text: str) -> None:
        """Write it into the next state."""
        self._renew(note=text)

    def confirm(self) -> None:
        """Return when nobody else has the lease for some time to come. Raises Unavailable (``lease-lost``, …)."""
        if time.monotonic() - self._renewed > self._log.seconds / 2:
            self._renew()

    def release(self) -> None:
        """Store a state without this holder; where that fails, the lease ends by itself."""
        if self._ended.is_set() or self._owner != os.getpid():
            return
        self._ended.set()
        self._on_release(self)
        os.close(self.descriptor)
        try:
            self._log.change(lambda state, _now: state.released(self._identifier))
        except PitrError:
            return

    def _keep(self) -> None:
        while not self._ended.wait(self._log.seconds / _RENEWALS):
            try:
                self._renew()
            except PitrError:
                # Whoever is about to write something asks whether it is still held.
                continue

    def _renew(self, *, note: str | None = None) -> None:
        began = time.monotonic()

        def renewed(state: LeaseState, now: int) -> LeaseState:
            if not state.holds(self._identifier) or self._ended.is_set():
                raise self._lost()
            return state.renewed(self._identifier, now=now, note=note)

        self._log.change(renewed)
        self._renewed = began

    def _lost(self) -> Unavailable:
        return Unavailable(
            "the lease on the repository was taken over by another process, because this one could not renew it for"
            f" {self._log.seconds} seconds",
            code="lease-lost",
            hint="Nothing was written since. See that the object storage can be reached all the time, and try again.",
        )


def hold_lease(
    log: LeaseLog,
    *,
    shared: bool,
    wait_seconds: float,
    address: str,
    on_release: Callable[[S3Lease], None],
) -> S3Lease:
    """Take it, waiting for at most so many seconds for whoever holds it. Raises Busy (``repository-busy``)."""
    identifier = new_token()
    deadline = time.monotonic() + wait_seconds

    def taken(state: LeaseState, now: int) -> LeaseState:
        if state.holds(identifier):
            return state
        after = state.taken(Holder(identifier, shared, now), now=now, seconds=log.seconds)
        if after is None:
            raise _busy(address, wait_seconds=wait_seconds, state=state)
        return after

    while True:
        try:
            log.change(taken)
            return S3Lease(log, identifier, on_release=on_release)
        except Busy:
            left = deadline - time.monotonic()
            if left <= 0:
                raise
            time.sleep(min(_POLL_SECONDS, left))


def _busy(address: str, *, wait_seconds: float, state: LeaseState) -> Busy:
    return Busy(
        f"'{address}' has been held by another process for more than {wait_seconds:g} seconds",
        code="repository-busy",
        hint=f"Try again. Where that process was killed, the lease ends after {LEASE_SECONDS} seconds by itself.",
        holder=next((each.note for each in state.holders if not each.is_shared), ""),
    )


__all__ = ("LEASE_SECONDS", "LeaseLog", "S3Lease", "hold_lease")
