# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Free space where the repository lies."""

from __future__ import annotations

import os

from .._core.errors import Unavailable


def free_bytes(path: str) -> int:
    """What an ordinary user may still write on the file system of this directory."""
    facts = os.statvfs(path)
    return facts.f_bavail * facts.f_frsize


def check_free_space(path: str, *, needed_bytes: int) -> None:
    """Return when so much fits on the file system of ``path``. Raises Unavailable (``repository-full``)."""
    free = free_bytes(path)
    if free < needed_bytes:
        raise repository_full(path, f"{free} bytes are free and {needed_bytes} are needed")


def repository_full(path: str, what: str) -> Unavailable:
    """The error for a repository that takes no more."""
    return Unavailable(
        f"the repository is full, cannot write '{path}': {what}",
        code="repository-full",
        hint="Make room on the repository's file system (or raise the quota); PostgreSQL keeps what is not archived.",
    )


__all__ = ("check_free_space", "free_bytes", "repository_full")
