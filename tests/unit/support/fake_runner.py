# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runners that start no program."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import (
    Result,
    command_failed,
    program_missing,
)


class FakeRunner(ABC):
    """Leaves to its kinds what a program says, and fails as the real one does when that is a failure."""

    @abstractmethod
    def answer(self, argv: tuple[str, ...]) -> Result:
        """What the program leaves that is called so."""

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout_seconds: float = 60,
        check: bool = True,
        environment: Mapping[str, str] | None = None,
        cwd: str | None = None,
        only_tail: bool = False,
    ) -> Result:
        result = self.answer(tuple(argv))
        if check and result.rc != 0:
            raise command_failed(result)
        return result


class NoPrograms(FakeRunner):
    """A host that has none."""

    def answer(self, argv: tuple[str, ...]) -> Result:
        raise program_missing(argv[0])
