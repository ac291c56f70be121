# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the benchmarks measure."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping


def seconds_of(action: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def seconds_on_idle_disk(action: Callable[[], object]) -> float:
    """How long it takes while nothing that was written before is on its way to the disk."""
    subprocess.run(["sync"], check=True)
    return seconds_of(action)


def in_turns(commands: Mapping[str, Callable[[], float]], *, rounds: int, shift_by: int = 0) -> dict[str, list[float]]:
    """What each command measured; they take turns, so that whatever else the machine does touches all alike.

    Each round begins ``shift_by`` commands further on than the one before.
    """
    names = list(commands)
    found: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        first = number * shift_by % len(names)
        for name in [*names[first:], *names[:first]]:
            found[name].append(commands[name]())
    return found
