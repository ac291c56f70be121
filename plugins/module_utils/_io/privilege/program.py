# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs programs: as root only those that root alone can change."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from ..._core.errors import Refused, Unavailable
from .controllers import controllers_of
from .output_tail import run_for_tail

_DIRECTORIES = ("/usr/bin", "/bin", "/usr/sbin", "/sbin")
TRUSTED_ENVIRONMENT = {"PATH": ":".join(_DIRECTORIES), "LC_ALL": "C", "TZ": "UTC"}
_ROOT_ALONE = frozenset({0})

# Its arguments, its exit code, and both outputs.
Answer = tuple[Sequence[str], int, str, str]


def trusted_command(argv: Sequence[str]) -> list[str]:
    """The command with the full path of a program that root alone can change.

    Raises Unavailable (``program-missing``), Refused (``program-not-trusted``).
    """
    name = argv[0]
    paths = [name] if name.startswith("/") else [f"{directory}/{name}" for directory in _DIRECTORIES]
    found = next((path for path in paths if os.path.isfile(path)), None)
    if found is None:
        raise Unavailable(
            f"program '{name}' not found",
            code="program-missing",
            hint=f"Install the distribution's package of it; root looks in {', '.join(_DIRECTORIES)}.",
        )
    if controllers_of(found) != _ROOT_ALONE:
        raise Refused(
            f"root does not run '{found}', which others can change",
            code="program-not-trusted",
            hint="Let root own the program and every directory above it, writable by nobody else.",
        )
    return [found, *argv[1:]]


def run_program(
    argv: Sequence[str], environment: Mapping[str, str], *, timeout_seconds: float, **identity: Any
) -> Answer:
    """Run a program to its end; of its outputs the end is kept, as a program that others chose may write for ever.

    Raises Unavailable (``program-missing``, ``command-timeout``).
    """
    try:
        # In a session without root's terminal, as in `apart`.
        done = run_for_tail(
            argv, timeout_seconds=timeout_seconds, env=environment, cwd="/", start_new_session=True, **identity
        )
    except FileNotFoundError as error:
        raise Unavailable(
            f"program '{argv[0]}' not found", code="program-missing", hint="Install the package that it belongs to."
        ) from error
    except subprocess.TimeoutExpired as error:
        raise Unavailable(
            f"'{argv[0]}' did not finish within {timeout_seconds:g} seconds",
            code="command-timeout",
            hint=f"Find out what it is waiting for: {' '.join(argv)}",
        ) from error
    return argv, done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


__all__ = ("TRUSTED_ENVIRONMENT", "Answer", "run_program", "trusted_command")
