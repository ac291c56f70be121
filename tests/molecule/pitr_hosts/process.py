# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs commands as argument lists and keeps their output for the message of a failure."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from .errors import HostError

__all__ = ["run", "run_logged"]

TAIL_LINES = 30


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment in the C locale, with ``extra`` on top."""
    return {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive", **(extra or {})}


def run(
    argv: Sequence[str], *, timeout_seconds: int = 120, env: Mapping[str, str] | None = None, check: bool = True
) -> str:
    """What ``argv`` wrote to standard output; HostError with its output where it fails and ``check`` is set."""
    try:
        done = subprocess.run(
            list(argv),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
            env=environment(env),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise HostError(f"'{' '.join(argv)}' took more than {timeout_seconds} seconds") from error
    if check and done.returncode != 0:
        raise HostError(f"'{' '.join(argv)}' failed with {done.returncode}: {(done.stderr + done.stdout).strip()}")
    return done.stdout


def run_logged(
    argv: Sequence[str], *, log_path: Path, timeout_seconds: int, env: Mapping[str, str] | None = None
) -> None:
    """Runs ``argv`` with its output appended to ``log_path``, whose end is in the HostError of a failure."""
    with log_path.open("a", encoding="utf-8") as log:
        log.write(f"$ {' '.join(argv)}\n")
        log.flush()
        try:
            code = subprocess.run(
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=timeout_seconds,
                env=environment(env),
                check=False,
            ).returncode
        except subprocess.TimeoutExpired as error:
            raise HostError(f"'{' '.join(argv)}' took more than {timeout_seconds} seconds, see {log_path}") from error
    if code != 0:
        with log_path.open(encoding="utf-8", errors="replace") as log:
            tail = "".join(log.readlines()[-TAIL_LINES:])
        raise HostError(f"'{' '.join(argv)}' failed with {code}; the end of {log_path}:\n{tail}")
