# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What needs attention in a cluster's backups and WAL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

from ..catalogue.chain_faults import doubtful_chains
from ..instant import is_dated_in_future
from ..wording import age_text, count_text, labels_text
from .archiver_text import archiver_attention
from .catalogue_text import gap_text
from .cluster_summary import ClusterSummary

_MAX_PINNED_SECONDS = 30 * 86400
_NAMED = 3
_NEVER = datetime.max.replace(tzinfo=timezone.utc)


def attention_of(summary: ClusterSummary, *, max_age_seconds: int) -> list[str]:
    """What needs attention, in sentences; empty when all is well.

    A newest backup older than ``max_age_seconds`` (0: however old) is among it.
    """
    return [
        *_age_attention(summary, max_age_seconds=max_age_seconds),
        *_backups_attention(summary),
        *_faults_attention(summary),
        *_pins_attention(summary),
        *_gaps_attention(summary),
        *(end.attention for end in summary.catalogue.unmet_ends),
        *(archiver_attention(summary.archiver) if summary.archiver else ()),
    ]


def _age_attention(summary: ClusterSummary, *, max_age_seconds: int) -> Iterator[str]:
    """Whether there is a backup that can be restored, and one that is recent enough."""
    newest = summary.newest_backup
    if not summary.backups:
        yield "there is no backup: take one with the playbook 'backup'"
    elif newest is None:
        yield "none of the backups can be restored: take a new one with the playbook 'backup'"
    elif is_dated_in_future(newest.stop_time, now=summary.seen_at):
        yield f"the newest backup {newest.label} is dated in the future: one of the clocks was or is wrong"
    elif max_age_seconds and summary.age_seconds(newest) > max_age_seconds:
        yield f"the newest backup that can be restored is {age_text(summary.age_seconds(newest))} old"


def _backups_attention(summary: ClusterSummary) -> Iterator[str]:
    """The backups that can't be restored, and why."""
    chains, usable = summary.catalogue.chains, summary.catalogue.usable
    unusable = [backup.label for backup in summary.backups if backup.label not in usable]
    without_chain = [label for label in unusable if label not in chains]
    if without_chain:
        yield f"backups with a missing or damaged link in their chain: {labels_text(without_chain)}"
    without_wal = [label for label in unusable if label in chains]
    if without_wal:
        yield f"backups without the WAL that they need: {labels_text(without_wal)}"
    for label, reason in summary.damaged_backups[:_NAMED]:
        yield f"backup {label} is damaged: {reason}"
    if len(summary.damaged_backups) > _NAMED:
        yield count_text(len(summary.damaged_backups) - _NAMED, "more damaged backup")


def _faults_attention(summary: ClusterSummary) -> Iterator[str]:
    """The chains that may restore wrong data by a fault of PostgreSQL, newest first."""
    faults = tuple(reversed(tuple(doubtful_chains(summary.backups))))
    for fault in faults[:_NAMED]:
        yield f"{fault}; only a new full backup ends this"
    if len(faults) > _NAMED:
        yield count_text(len(faults) - _NAMED, "more doubtful chain")


def _pins_attention(summary: ClusterSummary) -> Iterator[str]:
    """The pins that seem to be forgotten."""
    for backup in summary.backups if summary.pins else ():
        for pin in summary.pins.get(backup.label, ()):
            seconds = (summary.seen_at - pin.since).total_seconds()
            if pin.until is None and seconds > _MAX_PINNED_SECONDS:
                what = f"backup {backup.label} and all WAL since"
                yield f"{what} have been pinned for {age_text(seconds)}: {pin.reason}"


def _gaps_attention(summary: ClusterSummary) -> Iterator[str]:
    """The newest gaps, newest first."""
    losses = [(gap, summary.loss_by(gap)) for gap in summary.gaps]
    losses.sort(key=lambda each: each[1].until or _NEVER, reverse=True)
    for gap, loss in losses[:_NAMED]:
        yield f"WAL {gap_text(gap, loss=loss)}"
    if len(losses) > _NAMED:
        yield f"{count_text(len(losses) - _NAMED, 'more gap')} in the archived WAL"


__all__ = ("attention_of",)
