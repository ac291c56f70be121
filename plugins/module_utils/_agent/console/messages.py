# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the program says on standard error."""

from __future__ import annotations

import os

from ..._core.errors import PitrError


def complain(error: PitrError | OSError, *, about: str = "") -> None:
    """Say on standard error what has failed; ``about`` is the cluster, where there may be several."""
    place = f"{about}: " if about else ""
    if not isinstance(error, PitrError):
        # A file system that fails is no bug: one line tells more than a trace.
        say(f"pgpitr: {place}{error} [system-error]")
        return
    say(f"pgpitr: {place}{error.message} [{error.code}]")
    if error.hint:
        say(f"HINT: {error.hint}")


def say(line: str) -> None:
    """Write one line to standard error."""
    # Written at once and as bytes, so that a locale without the needed letters can't turn a message into a failure.
    try:
        os.write(2, (line + "\n").encode("utf-8", "surrogateescape"))
    except OSError:
        # Standard error is closed: the exit code alone has to tell.
        return


__all__ = ("complain", "say")
