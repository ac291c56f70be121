# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running commands as named steps: what a person sees of each, and the record that the summary is made from."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from places import CHECKOUT

# Enough of a failed step's output to see the reason; all of it is in the log.
TAIL_LINES = 150
# The exit code of a part that this machine can't run, and that says why.
NOT_RUN = 3


@dataclass(frozen=True)
class Outcome:
    """A finished step."""

    name: str
    exit_code: int
    seconds: float
    log: Path | None = None

    @property
    def passed(self) -> bool:
        """Whether the step succeeded."""
        return self.exit_code == 0

    @property
    def verdict(self) -> str:
        """The outcome in a word or two."""
        return {0: "passed", NOT_RUN: "NOT RUN"}.get(self.exit_code, "FAILED")


class Console:
    """One place that prints, so that lines of parallel steps do not mix."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """Print whole lines at once."""
        with self._lock:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()


CONSOLE = Console()


def say(text: str) -> None:
    """Print a line."""
    CONSOLE.say(text)


def run_quietly(
    name: str, argv: Sequence[str], *, environment: Mapping[str, str], log: Path, cwd: Path = CHECKOUT
) -> Outcome:
    """Run a command with its output in a log; the log's end is printed when it fails."""
    begun = time.monotonic()
    with open(log, "ab") as stream:
        stream.write(f"$ {' '.join(argv)}\n".encode())
        stream.flush()
        done = subprocess.run(
            argv,
            stdout=stream,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=dict(environment),
            cwd=cwd,
            check=False,
        )
    return Outcome(name=name, exit_code=done.returncode, seconds=time.monotonic() - begun, log=log)


def run_openly(name: str, argv: Sequence[str], *, environment: Mapping[str, str], cwd: Path = CHECKOUT) -> Outcome:
    """Run a command whose output a person watches."""
    begun = time.monotonic()
    done = subprocess.run(argv, env=dict(environment), cwd=cwd, check=False)
    return Outcome(name=name, exit_code=done.returncode, seconds=time.monotonic() - begun)


def tail(log: Path, *, line_count: int = TAIL_LINES) -> str:
    """The end of a log."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-line_count:])
