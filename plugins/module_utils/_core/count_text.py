# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers of things in a sentence."""

from __future__ import annotations


def count_text(count: int, noun: str) -> str:
    """The number with its noun.

    >>> count_text(0, "file"), count_text(1, "file"), count_text(2, "WAL segment")
    ('0 files', '1 file', '2 WAL segments')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"


__all__ = ("count_text",)
