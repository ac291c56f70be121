# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether something fits into a storage."""

from __future__ import annotations

from .file_errors import repository_full
from .port import Storage


def check_room(storage: Storage, *, needed_bytes: int) -> None:
    """Return when so much more fits, or that can't be told. Raises Unavailable (``repository-full``)."""
    free = storage.room()
    if free is not None and free < needed_bytes:
        raise repository_full(storage.address(), f"{free} bytes are free and {needed_bytes} are needed")


__all__ = ("check_room",)
