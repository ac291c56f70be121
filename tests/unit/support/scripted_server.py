# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that answers from a script."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Union

from ansible_collections.pgfleet.pitr.plugins.module_utils._io.sql.server import Server

Rows = Sequence[tuple[Any, ...]]
Answer = Union[Rows, Callable[[], Rows]]


class ScriptedServer(Server):
    """Answers a statement by the first of its answers whose key stands in it; any other statement fails the test."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self._answers = answers
        self.is_closed = False

    def rows(self, statement: str, parameters: Mapping[str, Any] | None = None) -> Rows:
        assert not self.is_closed, f"the connection is closed: {statement}"
        key = next((key for key in self._answers if key in statement), None)
        if key is None:
            raise AssertionError(f"unexpected statement: {statement}")
        answer = self._answers[key]
        return answer() if callable(answer) else answer

    def close(self) -> None:
        self.is_closed = True
