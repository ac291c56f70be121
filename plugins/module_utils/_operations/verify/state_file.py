# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file with the state of verification."""

from __future__ import annotations

from ..._core.errors import Damaged, Unavailable
from ..._core.repository.layout import VERIFY_FILE
from ..._core.verify.state import VerifyState
from ..._core.verify.state_text import format_state, parse_state
from ..._core.wal.segment import SegmentSize
from ..._io.storage.file_errors import is_away
from ..._io.storage.place import ANY
from ..._io.storage.port import Storage


class VerifyStateFile:
    """``verify.json`` in a cluster's folder. ``problems`` are sentences on why it could not be read or written."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.path = storage.address(VERIFY_FILE)
        self.problems: list[str] = []

    def read(self, *, size: SegmentSize) -> VerifyState:
        """The state of earlier runs; an empty one without a readable file."""
        try:
            content = self._storage.read_all(VERIFY_FILE)
            return VerifyState(size) if content is None else parse_state(content.decode("utf-8"), size=size)
        except (OSError, ValueError, Damaged, Unavailable) as error:
            if is_away(error):
                # What earlier runs found would be written over.
                raise
            self._note(f"'{self.path}' can't be read, so earlier runs are not taken into account: {error}")
            return VerifyState(size)

    def write(self, state: VerifyState) -> None:
        """Write the state. A read-only repository can be verified nevertheless."""
        try:
            self._storage.put(VERIFY_FILE, [format_state(state).encode("utf-8")], replaces=ANY)
        except Unavailable as error:
            self._note(f"{error.message}, so an interrupted run can't be resumed")

    def _note(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


__all__ = ("VerifyStateFile",)
