# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running programs: the one place where the project starts a process."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..._core.errors import Failed, Unavailable
from ..._core.redaction import redacted
from ..privilege.output_tail import run_for_tail


@dataclass(frozen=True)
class Result:
    """The result of a program: its arguments, exit code (negative: killed by that signal), and both outputs as text."""

    argv: tuple[str, ...]
    rc: int
    stdout: str
    stderr: str


class Runner(Protocol):
    """The port to the operating system's programs."""

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
        """Run to the end. With ``check``, an exit code other than 0 raises Failed (``command-failed``).

        ``environment`` is added to the base one. ``only_tail``: the output is for people, and its end is enough.
        Raises Unavailable (``command-timeout``, ``program-missing``).
        """


class SystemRunner:
    """Real processes: ``LC_ALL=C``, ``TZ=UTC``, no standard input; as root only programs that root alone can change."""

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
        run = run_for_tail if only_tail else _run_for_all
        try:
            done = run(
                _command(argv), timeout_seconds=timeout_seconds, env=child_environment(environment), cwd=cwd or "/"
            )
        except FileNotFoundError as error:
            raise program_missing(argv[0]) from error
        except subprocess.TimeoutExpired as error:
            raise Unavailable(
                f"'{argv[0]}' did not finish within {timeout_seconds:g} seconds",
                code="command-timeout",
                hint=f"Find out what it is waiting for: {redacted(' '.join(argv))}",
            ) from error
        result = Result(tuple(argv), done.returncode, _text(done.stdout), _text(done.stderr))
        if check and result.rc != 0:
            raise command_failed(result)
        return result


def start_program(
    argv: Sequence[str], *, environment: Mapping[str, str] | None = None, **others: Any
) -> subprocess.Popen[bytes]:
    """A running program with unbuffered pipes; ``others`` are what ``Popen`` takes besides.

    Raises Unavailable (``program-missing``).
    """
    try:
        return subprocess.Popen(_command(argv), bufsize=0, cwd="/", env=child_environment(environment), **others)
    except FileNotFoundError as error:
        raise program_missing(argv[0]) from error


def child_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of every child: the caller's without its PG* variables and locale, plus ``extra``."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C", "TZ": "UTC", **(extra or {})}


def _run_for_all(argv: Sequence[str], *, timeout_seconds: float, **others: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_seconds, check=False, **others
    )


def _command(argv: Sequence[str]) -> list[str]:
    if os.geteuid() != 0:
        return list(argv)
    # Imported late: PostgreSQL's commands are never root.
    from ..privilege.program import trusted_command

    return trusted_command(argv)


def command_failed(result: Result) -> Failed:
    """The error for a program that failed, with the last lines of its output."""
    said = (result.stderr.strip() or result.stdout.strip() or "nothing").splitlines()[-12:]
    how = f"exit code {result.rc}" if result.rc >= 0 else f"signal {-result.rc}"
    return Failed(
        f"'{os.path.basename(result.argv[0])}' failed with {how}: " + redacted("\n".join(said)),
        code="command-failed",
        hint=f"The command was: {redacted(' '.join(result.argv))}",
    )


def program_missing(path: str) -> Unavailable:
    """The error for a program that was not found."""
    return Unavailable(
        f"program '{path}' not found",
        code="program-missing",
        hint="Install it, or set 'pitr_cluster_bin_directory' if it is one of PostgreSQL's.",
    )


def _text(output: bytes) -> str:
    return output.decode("utf-8", errors="replace")


__all__ = (
    "Result",
    "Runner",
    "SystemRunner",
    "child_environment",
    "command_failed",
    "program_missing",
    "start_program",
)
