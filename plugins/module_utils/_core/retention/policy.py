# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The retention policy: how long backups and WAL are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

from ..errors import InvalidInput


@dataclass(frozen=True)
class RetentionPolicy:
    """The rules; a backup is kept if any of them asks for it.

    ``keep_full``: this number of the newest usable full backups, with all WAL since the oldest of them.
    ``keep_days``: recovery to any time within this number of days. The others keep the last backup of this number of
    the most recent days, weeks (ISO), months and years, all in UTC, that have one.
    """

    keep_full: int = 2
    keep_days: int = 7
    keep_daily: int = 0
    keep_weekly: int = 0
    keep_monthly: int = 0
    keep_yearly: int = 0

    def with_own(self, rules: Mapping[str, int]) -> RetentionPolicy:
        """These rules with those that one of several repositories has of its own.

        >>> RetentionPolicy(keep_days=7, keep_monthly=12).with_own({"keep_days": 30})
        RetentionPolicy(keep_full=2, keep_days=30, keep_daily=0, keep_weekly=0, keep_monthly=12, keep_yearly=0)
        """
        return replace(self, **rules)


# The least and the greatest value of each number.
POLICY_RANGES = {each.name: (1 if each.name == "keep_full" else 0, 100_000) for each in fields(RetentionPolicy)}


def check_policy(policy: RetentionPolicy) -> RetentionPolicy:
    """The policy, if all its numbers are valid. Raises InvalidInput (``option-out-of-range``)."""
    for name, value in asdict(policy).items():
        least, most = POLICY_RANGES[name]
        if not least <= value <= most:
            raise InvalidInput(
                f"{name} {value} is not a number from {least} to {most}",
                code="option-out-of-range",
                hint=f"Set 'pitr_backup_{name}' to a number in that range.",
            )
    return policy


__all__ = ("POLICY_RANGES", "RetentionPolicy", "check_policy")
