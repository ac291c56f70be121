# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stamps: a piece that is built is not built again until what it was made from changes."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


def fingerprint(parts: Iterable[str | bytes | Path]) -> str:
    """A hash of texts and of files' contents."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, Path) else part.encode() if isinstance(part, str) else part
        whole.update(len(data).to_bytes(8, "big") + data)
    return whole.hexdigest()[:24]


class Stamps:
    """The stamps of a build folder."""

    def __init__(self, build: Path) -> None:
        self._folder = build / "stamps"
        self._build = build

    def is_current(self, name: str, value: str) -> bool:
        """Whether the piece was last built from what it would be built from now."""
        stamp = self._folder / name
        return stamp.exists() and stamp.read_text(encoding="utf-8") == value

    def set(self, name: str, value: str) -> None:
        """Record that the piece is whole."""
        (self._folder / name).write_text(value, encoding="utf-8")

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Only one process builds at a time; the others wait for it."""
        with open(self._build / "lock", "w", encoding="utf-8") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            yield
