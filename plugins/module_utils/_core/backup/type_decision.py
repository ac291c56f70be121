# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decision whether a backup is taken now, and of which type."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..catalogue.chain import Chain
from ..catalogue.record import FULL, INCREMENTAL, Backup
from ..errors import PitrError
from ..instant import is_dated_in_future
from ..wording import count_text, size_text
from .incremental_obstacle import BackupSituation, find_obstacle
from .request import AUTO, ChainLimits

# A timer with a random delay elapses a little early on some days; a weekly full backup would then be a day late.
_EARLY = timedelta(hours=1)


@dataclass(frozen=True)
class TypeDecision:
    """``type`` of the backup to take, ``None`` if ``recent`` is recent enough; ``reason`` is a sentence.

    ``chain`` is the one that an incremental backup extends.
    """

    type: str | None
    reason: str
    recent: Backup | None = None
    chain: Chain | None = None

    @property
    def parent(self) -> Backup | None:
        """The backup that an incremental one is taken against."""
        return None if self.chain is None else self.chain.backup

    def instead(self, error: PitrError) -> TypeDecision:
        """The decision for a full backup, after an incremental one has failed with this error."""
        return replace(self, type=FULL, reason=error.message, chain=None)


def decide_type(wanted: str, *, situation: BackupSituation, limits: ChainLimits, max_age_seconds: int) -> TypeDecision:
    """The decision. Any type of backup can be recent enough, unless it is dated in the future or damaged.

    Raises NotIncremental (``incremental-unsupported``, ``summarize-wal-off``, ``parent-missing``, ``chain-broken``,
    ``manifest-damaged``, ``checksums-changed``, ``wal-summaries-missing``) if ``incremental`` is not possible.
    """
    recent = situation.chain.backup if situation.chain else None
    is_future = recent is not None and is_dated_in_future(recent.stop_time, now=situation.now)
    is_sound = recent is not None and not is_future and situation.fault is None
    if recent is not None and is_sound and _age_seconds(recent, now=situation.now) < max_age_seconds:
        return TypeDecision(None, _age(recent, now=situation.now), recent=recent)
    if wanted == FULL:
        return TypeDecision(FULL, _why_now(recent, situation=situation))
    chosen = _by_chain(wanted, situation=situation, limits=limits)
    if recent is not None and is_future:
        return replace(chosen, reason=f"{chosen.reason}; {_age(recent, now=situation.now)}")
    return chosen


def is_as_wanted(backup: Backup, *, wanted: str, timeline: int) -> bool:
    """Whether what somebody else has taken is what is wanted now, on this ``timeline`` of the server.

    A standby that a recovery of its primary left behind takes backups of the earlier one.
    """
    return wanted in (AUTO, backup.type) and backup.timeline == timeline


def _by_chain(wanted: str, *, situation: BackupSituation, limits: ChainLimits) -> TypeDecision:
    """The decision whether the present chain is extended, or a new one begun."""
    obstacle = find_obstacle(situation)
    if obstacle is not None:
        if wanted == INCREMENTAL:
            raise obstacle.error()
        return TypeDecision(FULL, obstacle.reason)
    chain = situation.chain
    if chain is None:
        raise AssertionError("no obstacle, and no chain to build on")
    due = _full_is_due(chain, limits=limits, now=situation.now) if wanted == AUTO else None
    if due is not None:
        return TypeDecision(FULL, due)
    number = len(chain.links)
    return TypeDecision(
        INCREMENTAL,
        f"it builds on '{chain.backup.label}', as number {number} since the full backup '{chain.links[0].label}'",
        chain=chain,
    )


def estimate_incremental_bytes(chain: Chain) -> int | None:
    """The size of the next incremental backup, estimated from the largest one of its chain; ``None`` for the first."""
    return max((link.stored_bytes for link in chain.links[1:]), default=None)


def _full_is_due(chain: Chain, *, limits: ChainLimits, now: datetime) -> str | None:
    """Why a new chain has to begin; ``None`` if the present one may be extended."""
    full, incrementals = chain.links[0], chain.links[1:]
    age = now - full.start_time
    if limits.full_every_days and is_dated_in_future(full.start_time, now=now):
        return (
            f"the age of the full backup '{full.label}' is unknown, and one is to be taken every "
            f"{limits.full_every_days} days"
        )
    if limits.full_every_days and age + _EARLY >= timedelta(days=limits.full_every_days):
        return (
            f"the full backup '{full.label}' is {age.total_seconds() / 86400:.1f} days old, and one is to be taken "
            f"every {limits.full_every_days} days"
        )
    if limits.max_incrementals and len(incrementals) >= limits.max_incrementals:
        return (
            f"the full backup '{full.label}' has {count_text(len(incrementals), 'incremental backup')}, and the limit "
            f"is {limits.max_incrementals}"
        )
    stored_bytes = sum(link.stored_bytes for link in incrementals)
    if limits.max_chain_percent and stored_bytes * 100 >= full.stored_bytes * limits.max_chain_percent:
        return (
            f"the incremental backups since '{full.label}' take {size_text(stored_bytes)}, which is at least "
            f"{limits.max_chain_percent} % of its {size_text(full.stored_bytes)}"
        )
    return None


def _why_now(recent: Backup | None, *, situation: BackupSituation) -> str:
    if situation.fault is not None:
        return situation.fault.reason
    if recent is None:
        return f"there is no usable backup of timeline {situation.timeline}"
    return f"the newest backup {_age(recent, now=situation.now)}"


def _age(backup: Backup, *, now: datetime) -> str:
    age_seconds = _age_seconds(backup, now=now)
    if is_dated_in_future(backup.stop_time, now=now):
        return f"'{backup.label}' is dated {-age_seconds:.0f} seconds in the future: one of the clocks is or was wrong"
    return f"'{backup.label}' is {age_seconds:.0f} seconds old"


def _age_seconds(backup: Backup, *, now: datetime) -> float:
    return (now - backup.stop_time).total_seconds()


__all__ = ("TypeDecision", "decide_type", "estimate_incremental_bytes", "is_as_wanted")
