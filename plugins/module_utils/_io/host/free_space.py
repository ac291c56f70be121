# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Free space where the repository lies."""

from __future__ import annotations

import os


def free_bytes(path: str) -> int:
    """What an ordinary user may still write on the file system of this directory."""
    facts = os.statvfs(path)
    return facts.f_bavail * facts.f_frsize


__all__ = ("free_bytes",)
