# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's log during a recovery, without what only comes from looking at it."""

from __future__ import annotations

from collections.abc import Iterable

# Source: PostgreSQL, ProcessStartupPacket in src/backend/postmaster/postmaster.c (later backend_startup.c).
_REFUSED_LOGINS = (
    "the database system is starting up",
    "the database system is not yet accepting connections",
    "the database system is not accepting connections",
    "Consistent recovery state has not been yet reached.",
    "Hot standby mode is disabled.",
)


def without_refused_logins(lines: Iterable[str]) -> list[str]:
    """The lines that are not about somebody who asked too early."""
    return [line for line in lines if not line.rstrip().endswith(_REFUSED_LOGINS)]


__all__ = ("without_refused_logins",)
