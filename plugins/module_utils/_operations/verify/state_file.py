# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file that says what was verified when."""

from __future__ import annotations

from ..._core.errors import Unavailable
from ..._core.verify.state import STATE_NAME, VerifyState
from ..._core.wal.segment import SegmentSize
from ..._io.host.files import read_text, write_durably


class VerifyStateFile:
    """``verify.json`` in a cluster's folder. ``problems`` are sentences on why it could not be read or kept."""

    def __init__(self, cluster_path: str) -> None:
        self.path = f"{cluster_path}/{STATE_NAME}"
        self.problems: list[str] = []

    def read(self, *, size: SegmentSize) -> VerifyState:
        """What earlier runs noted; nothing where there is no file, or none that can be read."""
        try:
            text = read_text(self.path)
            return VerifyState(size) if text is None else VerifyState.parse(text, size=size)
        except (OSError, ValueError) as error:
            self._note(f"'{self.path}' can't be read, so nothing is known of earlier runs: {error}")
            return VerifyState(size)

    def write(self, state: VerifyState) -> None:
        """Keep it. A repository that can only be read is verified all the same."""
        try:
            write_durably(self.path, str(state).encode("utf-8"))
        except Unavailable as error:
            self._note(f"{error.message}, so an interrupted run can't be resumed")

    def _note(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


__all__ = ("VerifyStateFile",)
