# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels of backups in a sentence, however many there are."""

from __future__ import annotations

from collections.abc import Sequence

_NAMED = 3


def labels_text(labels: Sequence[str]) -> str:
    """The newest labels, and how many more there are; ``labels`` has the oldest first.

    >>> labels_text(["a", "b", "c", "d"]), labels_text(["a"]), labels_text([])
    ('b, c, d and 1 more', 'a', 'none')
    """
    more = f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
    return (", ".join(labels[-_NAMED:]) or "none") + more


__all__ = ("labels_text",)
