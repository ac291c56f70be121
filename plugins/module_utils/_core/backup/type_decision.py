# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a backup has to be taken now, and of which type."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..catalogue.chain import Chain
from ..catalogue.record import FULL, INCREMENTAL, Backup
from ..errors import PitrError
from ..instant import is_dated_in_future
from ..wording import size_text
from .incremental_obstacle import BackupSituation, find_obstacle

AUTO = "auto"
BACKUP_TYPES = (AUTO, FULL, INCREMENTAL)

# A timer with a random delay comes a little early on some days; without this a weekly full would come ever later.
_EARLY = timedelta(hours=1)


@dataclass(frozen=True)
class ChainLimits:
    """When ``auto`` begins a new chain; 0 means no such limit.

    ``max_chain_percent``: what the incremental backups of the chain take in the repository, against its full one.
    """

    full_every_days: int = 7
    max_incrementals: int = 14
    max_chain_percent: int = 50


@dataclass(frozen=True)
class TypeDecision:
    """``type`` is that of the backup to take, ``None`` when ``recent`` is recent enough; ``reason`` is a sentence.

    ``chain`` is what an incremental backup builds on.
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
        """The full backup to take after the incremental one has failed for this reason."""
        return replace(self, type=FULL, reason=error.message, chain=None)


def decide_type(wanted: str, *, situation: BackupSituation, limits: ChainLimits, max_age_seconds: int) -> TypeDecision:
    """The decision. Backups of any type count as recent, unless they are dated in the future or have lost files.

    Raises NotIncremental (``incremental-unsupported``, ``summarize-wal-off``, ``parent-missing``, ``chain-broken``,
    ``manifest-damaged``, ``checksums-changed``, ``wal-summaries-missing``) when ``incremental`` cannot be had.
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


def _by_chain(wanted: str, *, situation: BackupSituation, limits: ChainLimits) -> TypeDecision:
    """Whether the present chain grows or a new one begins."""
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
    """What the next incremental backup will take, by the largest one of its chain; ``None`` for the first."""
    return max((link.stored_bytes for link in chain.links[1:]), default=None)


def _full_is_due(chain: Chain, *, limits: ChainLimits, now: datetime) -> str | None:
    """Why a new chain begins; ``None`` when the present one may grow."""
    full, incrementals = chain.links[0], chain.links[1:]
    age = now - full.start_time
    if limits.full_every_days and is_dated_in_future(full.start_time, now=now):
        return (
            f"the age of the full backup '{full.label}' is not known, and there is to be one every "
            f"{limits.full_every_days} days"
        )
    if limits.full_every_days and age + _EARLY >= timedelta(days=limits.full_every_days):
        return (
            f"the full backup '{full.label}' is {age.total_seconds() / 86400:.1f} days old, and there is to be one "
            f"every {limits.full_every_days} days"
        )
    if limits.max_incrementals and len(incrementals) >= limits.max_incrementals:
        return (
            f"the full backup '{full.label}' has {len(incrementals)} incremental ones, and there are to be at most "
            f"{limits.max_incrementals}"
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
        return f"'{backup.label}' is dated {-age_seconds:.0f} seconds in the future: one of the clocks was or is wrong"
    return f"'{backup.label}' is {age_seconds:.0f} seconds old"


def _age_seconds(backup: Backup, *, now: datetime) -> float:
    return (now - backup.stop_time).total_seconds()


__all__ = (
    "AUTO",
    "BACKUP_TYPES",
    "ChainLimits",
    "TypeDecision",
    "decide_type",
    "estimate_incremental_bytes",
)
