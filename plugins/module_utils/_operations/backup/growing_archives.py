# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archives that pg_basebackup writes into a directory."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

from ..._core.repository.layout import is_tar_name
from ..._io.host.files import list_directory
from ..._io.stream.tar_stream import StreamAborted


class GrowingArchives:
    """They come one after the other: each is whole when the next one is there, and the last at the end.

    Of several that appear between two looks only one is still written, and it is known when it grows.
    Source: ``ReceiveArchiveStreamChunk`` in PostgreSQL's pg_basebackup.c, and ``ReceiveTarFile`` before 15.
    """

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self._names: list[str] = []
        self._whole: set[str] = set()
        # The newest ones, with the sizes that they had when they were found.
        self._newest: dict[str, int] = {}
        self._is_ended = False
        self._is_aborted = False
        self._changed = threading.Condition()

    @property
    def has_begun(self) -> bool:
        """Whether there is one."""
        return bool(self._names)

    def look(self) -> list[str]:
        """The names that have appeared since the last look."""
        found = [name for name in sorted(list_directory(self.directory)) if is_tar_name(name)]
        new = [name for name in found if name not in self._names]
        with self._changed:
            if new:
                self._whole.update(self._names)
                self._names += new
                self._newest = {name: self._size_bytes(name) for name in new}
                self._changed.notify_all()
            elif len(self._newest) > 1:
                grown = [name for name, size_bytes in self._newest.items() if self._size_bytes(name) != size_bytes]
                if grown:
                    self._whole.update(name for name in self._names if name not in grown)
        return new

    def end(self) -> None:
        """Everything is written."""
        with self._changed:
            self._is_ended = True
            self._changed.notify_all()

    def abort(self) -> None:
        """No more is written, and nobody wants what there is."""
        with self._changed:
            self._is_aborted = True
            self._changed.notify_all()

    def is_whole(self, name: str) -> bool:
        """Whether no more is written to this one. Raises StreamAborted."""
        with self._changed:
            self._check()
            return self._is_ended or name in self._whole

    def __iter__(self) -> Iterator[str]:
        """Their names, each as soon as it is known, until the end. Raises StreamAborted."""
        count = 0
        while (name := self._behind(count)) is not None:
            yield name
            count += 1

    def _behind(self, count: int) -> str | None:
        """The name behind so many, once there is one; ``None``: there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_aborted or self._is_ended or len(self._names) > count)
            self._check()
            return self._names[count] if len(self._names) > count else None

    def _size_bytes(self, name: str) -> int:
        try:
            return os.stat(f"{self.directory}/{name}").st_size
        except FileNotFoundError:
            # pg_basebackup has failed, and removes its files.
            return 0

    def _check(self) -> None:
        if self._is_aborted:
            raise StreamAborted


__all__ = ("GrowingArchives",)
