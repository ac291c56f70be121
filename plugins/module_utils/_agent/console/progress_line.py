# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A line of progress on standard error, drawn anew each time where that is a terminal."""

from __future__ import annotations

import sys

_CLEARED = "\r\033[K"


def is_drawn() -> bool:
    """Whether somebody may be looking on."""
    return sys.stderr.isatty()


def draw_line(text: str) -> None:
    """Show the text in place of the line that was drawn before; only on a terminal."""
    if is_drawn():
        sys.stderr.write(f"{_CLEARED}{text}\r")
        sys.stderr.flush()


def clear_line() -> None:
    """Remove what was drawn, so that what is printed next stands alone."""
    if is_drawn():
        sys.stderr.write(_CLEARED)
        sys.stderr.flush()


__all__ = ("clear_line", "draw_line", "is_drawn")
