# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a running backup is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RunningBackup:
    """A backup that is being taken: ``since`` is ISO 8601 in UTC, bytes are of the cluster and of the repository."""

    label: str
    since: str
    phase: str
    percent: int = 0
    done_bytes: int = 0
    total_bytes: int = 0
    stored_bytes: int = 0


__all__ = ("RunningBackup",)
