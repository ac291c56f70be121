# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calendar expressions of systemd, which tell when a job's timer elapses."""

from __future__ import annotations

from ..errors import InvalidInput

NONE = "none"

_LENGTH_MAX = 200
_ALLOWED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 *:,./~_+-")


def wanted_calendar(text: str | None, *, job: str) -> str | None:
    """The expression; ``None`` if the job is to have no timer (unset, or ``none``).

    Checks the characters only; systemd itself checks the syntax. Raises InvalidInput
    (``calendar-invalid``).
    """
    stripped = (text or "").strip()
    if stripped in ("", NONE):
        return None
    if not _ALLOWED.issuperset(stripped) or stripped[0] in "-~+" or len(stripped) > _LENGTH_MAX:
        raise calendar_invalid(stripped, job=job, reason="it has invalid characters, or too many")
    return stripped


def calendar_invalid(text: str, *, job: str, reason: str) -> InvalidInput:
    """The error for an expression that systemd can't parse, or that never elapses."""
    return InvalidInput(
        f"timer_{job} '{text}' is not a calendar expression of systemd: {reason}",
        code="calendar-invalid",
        hint=f"Set 'pitr_backup_timer_{job}' to one such as 'Mon..Sat *-*-* 01:00:00 UTC', or to 'none' for no timer. "
        "'systemd-analyze calendar' tests them; systemd.time(7) describes them.",
    )


__all__ = ("NONE", "calendar_invalid", "wanted_calendar")
