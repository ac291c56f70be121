# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at a WAL file before it is stored or handed to PostgreSQL."""

from __future__ import annotations

import os
import sys

from ..._core.errors import InvalidInput
from ..._core.wal.file_name import PARTIAL, SEGMENT, wal_file_kind
from ..._core.wal.segment_header import HEADER_SIZE_BYTES, check_segment, parse_segment_header

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


# Histories and backup histories are small: a line for each timeline.
_TEXT_BYTES = 1 << 20


def checked_kind(name: str) -> str:
    """The kind of WAL file with this name. Raises InvalidInput (``invalid-wal-name``) when it is none."""
    kind = wal_file_kind(name)
    if kind is None:
        raise InvalidInput(
            f"'{name}' is not the name of a WAL file",
            code="invalid-wal-name",
            hint="PostgreSQL gives segments, .partial, .backup and .history files; call it with '%p', or '%f %p'.",
        )
    return kind


def wal_file_limit(name: str, *, document: dict[str, Any]) -> int:
    """The most bytes that the WAL file with this name can have, whatever a stored one decompresses to."""
    return document["segment_size_bytes"] if checked_kind(name) in (SEGMENT, PARTIAL) else _TEXT_BYTES


def check_content(descriptor: int, *, name: str, document: dict[str, Any]) -> None:
    """Return when an open file is what its name says and of the cluster that ``document`` (cluster.json) describes.

    Only segments and partial segments carry that in themselves. Raises Refused (``segment-foreign``), Damaged
    (``segment-damaged``).
    """
    if checked_kind(name) not in (SEGMENT, PARTIAL):
        return
    header = parse_segment_header(os.pread(descriptor, HEADER_SIZE_BYTES, 0), name=name, byte_order=sys.byteorder)
    check_segment(
        header,
        name=name,
        size_bytes=os.fstat(descriptor).st_size,
        system_identifiers=document["system_identifiers"],
        segment_size_bytes=document["segment_size_bytes"],
    )


__all__ = ("check_content", "checked_kind", "wal_file_limit")
