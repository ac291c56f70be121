# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths as text: absolute and without links, as whoever asks has made them."""

from __future__ import annotations


def is_below(path: str, directory: str) -> bool:
    """Whether the path leads into the directory.

    >>> is_below("/srv/pg/data", "/srv/pg/"), is_below("/srv/pg", "/srv/pg"), is_below("/srv/pg2", "/srv/pg")
    (True, False, False)
    """
    return path.startswith(directory.rstrip("/") + "/")


def is_within(path: str, directory: str) -> bool:
    """Whether the path is the directory, or leads into it."""
    return path == directory or is_below(path, directory)


__all__ = ("is_below", "is_within")
