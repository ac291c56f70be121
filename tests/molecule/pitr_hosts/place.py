# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where images, the login's key and the running state lie: outside the checkout."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

__all__ = ["Place", "default_place"]

NAME = "pgfleet-pitr-hosts"


class Use:
    """This process's share in the folders, beside that of other processes."""

    def __init__(self, handle: TextIO) -> None:
        self._handle = handle

    def alone(self) -> bool:
        """Whether no other process uses the folders; none can begin to while this one then holds them."""
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class Place:
    """The folders of one podman of our own: what lasts in ``cache``, what ends with the machine in ``state``."""

    def __init__(self, *, cache: Path, state: Path) -> None:
        self.cache = cache
        self.state = state
        self.storage = cache / "storage"
        self.networks = cache / "networks"
        self.key = cache / "ssh" / "id_ed25519"

    def prepare(self) -> None:
        """Makes the folders, readable by their owner alone."""
        for folder in (self.cache, self.state, self.storage, self.networks, self.key.parent, self.cache / "logs"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextlib.contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Holds the lock ``name``; a second process waits."""
        with (self.state / f"{name}.lock").open("w", encoding="utf-8") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    @contextlib.contextmanager
    def in_use(self) -> Iterator[Use]:
        """Holds the folders together with other processes that use them."""
        with (self.state / "use.lock").open("w", encoding="utf-8") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH)
            yield Use(handle)


def default_place() -> Place:
    """``PITR_HOSTS_CACHE``, else /var/cache for root, else the user's cache folder."""
    named = os.environ.get("PITR_HOSTS_CACHE", "")
    if named:
        cache = Path(named)
    elif os.geteuid() == 0:
        cache = Path("/var/cache") / NAME
    else:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / NAME
    # A podman's running state belongs to its storage.
    suffix = f"-{hashlib.sha256(named.encode()).hexdigest()[:8]}" if named else ""
    return Place(cache=cache.absolute(), state=Path("/run") / f"{NAME}{suffix}")
