# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running ``postgres`` in single-user mode to its end."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from ..._core.errors import Failed
from ..._core.redaction import redacted
from ..host.child_process import start_child
from ..host.files import read_text
from ..host.wait import wait_until

_SHOWN_LINES = 12
_END_SECONDS = 60


def wait_for_standalone(data_directory: str, *, seconds: float = _END_SECONDS) -> None:
    """Return when no server in single-user mode is left there by a run that was killed, or after so many seconds.

    It has the negative of its process id in ``postmaster.pid``, and PostgreSQL does not start beside it. Source:
    ``CreateLockFile`` in src/backend/utils/init/miscinit.c.
    """
    first = (read_text(f"{data_directory}/postmaster.pid") or "").partition("\n")[0]
    if first.startswith("-") and first[1:].isdigit():
        wait_until(lambda: not os.path.exists(f"/proc/{first[1:]}"), seconds=seconds)


def run_standalone(argv: Sequence[str], *, timeout_seconds: float) -> None:
    """Start it without commands, so that it recovers and shuts down; it does not outlive this process.

    Raises Failed (``standalone-failed``), Unavailable (``program-missing``).
    """
    process = start_child(argv)
    try:
        said = process.communicate(timeout=timeout_seconds)[1].decode("utf-8", "replace")
    except subprocess.TimeoutExpired as error:
        raise _failed(f"did not end within {timeout_seconds:g} seconds") from error
    finally:
        _end(process)
    if process.returncode != 0:
        last = "\n".join(said.strip().splitlines()[-_SHOWN_LINES:])
        raise _failed(f"ended with exit code {process.returncode}: {redacted(last)}")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    # It shuts down as the server does, and writes a checkpoint.
    process.terminate()
    try:
        process.communicate(timeout=_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def _failed(how: str) -> Failed:
    return Failed(
        f"'postgres' in single-user mode {how}",
        code="standalone-failed",
        hint="What it says is of the server's own log; mend that, and start the server.",
    )


__all__ = ("run_standalone", "wait_for_standalone")
