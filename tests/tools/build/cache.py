# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What outlives the build folder and serves every checkout of the machine: Pythons and environments, by recipe."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from places import BuildError, everybody_may_enter

NAME = "pgfleet-pitr-python"
KEPT_UNUSED_DAYS = 30
# In an entry that is whole; its time is that of the last use.
MARK = ".whole"


class Cache:
    """A folder of entries; each is made once, in its place, and used as it is from then on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        if os.geteuid() == 0 and not everybody_may_enter(folder):
            raise BuildError(
                f"{folder} must be open for other users, because tests drop to one: PITR_PYTHON_CACHE=/path"
            )

    def entry(self, name: str, *, key: str, make: Callable[[Path], None]) -> Path:
        """The entry that is made from what the key stands for."""
        path = self.folder / f"{name}-{key}"
        with self._lock():
            if not (path / MARK).exists():
                shutil.rmtree(path, ignore_errors=True)
                make(path)
                self._forget_unused()
            (path / MARK).touch()
        return path

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Only one process makes something; the others wait for it."""
        with open(self.folder / "lock", "w", encoding="utf-8") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            yield

    def _forget_unused(self) -> None:
        oldest = time.time() - KEPT_UNUSED_DAYS * 86400
        for mark in self.folder.glob(f"*/{MARK}"):
            if mark.stat().st_mtime < oldest:
                shutil.rmtree(mark.parent, ignore_errors=True)


def default_cache(caller: Mapping[str, str]) -> Cache:
    """The one that PITR_PYTHON_CACHE names, else in /var/cache for root, else in the user's cache folder."""
    named = caller.get("PITR_PYTHON_CACHE", "")
    if named:
        return Cache(Path(named).absolute())
    if os.geteuid() == 0:
        return Cache(Path("/var/cache") / NAME)
    return Cache(Path(caller.get("XDG_CACHE_HOME") or Path.home() / ".cache") / NAME)
