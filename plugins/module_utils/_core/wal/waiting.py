# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which segments wait to be archived, by the names in ``pg_wal/archive_status``."""

from __future__ import annotations

from .file_name import SEGMENT, wal_file_kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# PostgreSQL makes the file when the segment is finished, and renames it once archive_command has succeeded.
# Source: PostgreSQL, ``src/backend/access/transam/xlogarchive.c``.
READY_SUFFIX = ".ready"


def waiting_segments(status_names: Iterable[str], *, timeline: str) -> list[str]:
    """The segments of the timeline (8 hexadecimal digits) that wait, in order.

    >>> names = ["000000010000000000000003.ready", "000000010000000000000002.ready", "000000010000000000000004.done"]
    >>> waiting_segments(names, timeline="00000001")
    ['000000010000000000000002', '000000010000000000000003']
    """
    ready = (name[: -len(READY_SUFFIX)] for name in status_names if name.endswith(READY_SUFFIX))
    return sorted(name for name in ready if name[:8] == timeline and wal_file_kind(name) == SEGMENT)


__all__ = ("READY_SUFFIX", "waiting_segments")
