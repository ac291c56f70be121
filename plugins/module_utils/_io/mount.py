# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mount guard: what should be a mounted file system and is not is refused, not filled."""

from __future__ import annotations

import os

from .._core.errors import Unavailable


def check_mounted(mount_point: str | None) -> None:
    """Return when nothing has to be mounted, or it is. Raises Unavailable (``repository-not-mounted``)."""
    if mount_point and not os.path.ismount(mount_point):
        raise Unavailable(
            f"'{mount_point}' is not a mount point now, and the repository lies on it",
            code="repository-not-mounted",
            hint="Mount the repository's file system; what should be there is never written underneath.",
        )


__all__ = ("check_mounted",)
