# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the server that asks for WAL is a standby, which asks again, and streams meanwhile.

Imported only where a file could not be fetched.
"""

from __future__ import annotations

import os

from ..._core.errors import Failed, PitrError, Unavailable
from ..._core.postgres.postmaster_options import parse_options_file
from ..._io.host.files import read_text
from ..._io.host.runner import Runner, SystemRunner
from ..._io.postgres.setting_answer import ask_setting

# At most one of them is set.
_TARGETS = tuple(f"recovery_target{kind}" for kind in ("", "_time", "_lsn", "_name", "_xid"))
_TIMEOUT_SECONDS = 10


def may_come(error: PitrError | OSError) -> bool:
    """Whether the file may be had later, or from the primary: it is missing or the repository is away, not damaged."""
    if isinstance(error, Failed):
        return error.code == "segment-hole"
    return isinstance(error, (Unavailable, OSError))


def has_no_target(runner: Runner | None = None) -> bool:
    """Whether the server of the current directory recovers without a target, as a standby usually does.

    With one, a recovery must not end before it. What cannot be told counts as that.
    """
    try:
        program, *arguments = parse_options_file(read_text("postmaster.opts") or "") or ("",)
        return bool(program) and not _has_target(program, arguments, runner=runner or SystemRunner())
    except (PitrError, OSError):
        return False


def _has_target(program: str, arguments: list[str], *, runner: Runner) -> bool:
    """Whether the server was started with a target, as its program itself reads the files, or that cannot be told."""
    for name in _TARGETS:
        answer = ask_setting(
            program,
            name,
            arguments=["-D", os.getcwd(), *arguments],
            runner=runner,
            timeout_seconds=_TIMEOUT_SECONDS,
        )
        if answer.value is None or answer.value.strip():
            return True
    return False


__all__ = ("has_no_target", "may_come")
