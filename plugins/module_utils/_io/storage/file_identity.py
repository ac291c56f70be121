# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which file lies under a name."""

from __future__ import annotations

import os

from ..._core.verify.damage import FileIdentity


def file_identity(path: str) -> FileIdentity | None:
    """The file there, ``None``: none. Raises OSError when that can't be told."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return FileIdentity(found.st_ino, found.st_size, found.st_mtime_ns)


__all__ = ("file_identity",)
