# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the program ``postgres`` for one setting, as it would have it at a start with these arguments."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..host.runner import Result, Runner

# The first complaint tells the reason, the last one only that the program gave up.
_SAID = re.compile(r"(?:LOG|WARNING|ERROR|FATAL|PANIC):\s+(.*?)(?: in file \".*)?$", re.MULTILINE)
_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class SettingAnswer:
    """What the program answers: the ``value``, or ``None`` where it would not start, and what it ``said`` then."""

    value: str | None
    said: str = ""

    @property
    def reason(self) -> str:
        """Why it would not start, in one sentence of the program's own, without the time and the place in a file."""
        found = _SAID.search(self.said)
        return found.group(1) if found else self.said


def ask_setting(
    program: str,
    name: str,
    *,
    arguments: Sequence[str],
    runner: Runner,
    environment: Mapping[str, str] | None = None,
    timeout_seconds: float = _TIMEOUT_SECONDS,
) -> SettingAnswer:
    """The value that ``program`` would have for the setting; it reads its files for that, and some load libraries.

    Raises Unavailable (``program-missing``, ``command-timeout``).
    """
    # "-C" has to be the first word: only then is root allowed.
    argv = [program, "-C", name, *arguments]
    result = runner.run(argv, check=False, environment=environment, timeout_seconds=timeout_seconds)
    if result.rc != 0:
        return SettingAnswer(None, result.stderr.strip() or _ending(result))
    return SettingAnswer(result.stdout.rstrip("\n"))


def _ending(result: Result) -> str:
    return f"exit code {result.rc}" if result.rc > 0 else f"signal {-result.rc}"


__all__ = ("SettingAnswer", "ask_setting")
