# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A runner that plays a script: a missing, extra or different call fails the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.runner import Result
from fake_runner import FakeRunner


class ScriptedRunner(FakeRunner):
    """Answers the calls that it was told of, in any order, each as often as it comes."""

    def __init__(self, answers: Mapping[tuple[str, ...], str | PitrError]) -> None:
        self._answers = answers
        self.asked: set[tuple[str, ...]] = set()

    def answer(self, argv: tuple[str, ...]) -> Result:
        if argv not in self._answers:
            raise AssertionError(f"unexpected call: {argv}")
        self.asked.add(argv)
        answer = self._answers[argv]
        return Result(argv, 1, "", answer.message) if isinstance(answer, PitrError) else Result(argv, 0, answer, "")

    def assert_all_asked(self) -> None:
        """Every call of the script was made."""
        assert set(self._answers) == self.asked


@pytest.fixture
def make_runner() -> Callable[[Mapping[tuple[str, ...], str | PitrError]], ScriptedRunner]:
    """Makes a runner from what each command answers; an error makes it fail in these words."""
    return ScriptedRunner
