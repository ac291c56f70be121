# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What prevents the next backup from being incremental, and the chain that it would build on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..catalogue.chain import Chain, chain_of
from ..catalogue.chain_faults import fault_text, faults_of_next
from ..catalogue.record import INCREMENTAL, Backup, new_label
from ..errors import Damaged, Refused
from ..postgres.settings import INCREMENTAL_BACKUP_SINCE
from ..wal.summaries import WalSummaries
from ..wal.summarizer import STUCK_REMEDY

_TAKE_FULL = "Take a full backup: 'pitr_backup_type: full', or auto, which does so by itself."


class NotIncremental(Refused):
    """The next backup can't be incremental; a full one can be taken."""


@dataclass(frozen=True)
class Obstacle:
    """Why no incremental backup can be taken; ``reason`` is a sentence without capital and full stop."""

    reason: str
    code: str
    hint: str

    def error(self) -> NotIncremental:
        """The error for a request that allows an incremental backup only."""
        return NotIncremental(f"no incremental backup can be taken: {self.reason}", code=self.code, hint=self.hint)


@dataclass(frozen=True)
class BackupSituation:
    """The input of the decision.

    ``backups`` are all of the repository, oldest first; ``usable`` the labels of those that can be restored, and
    ``damaged`` the reasons why others can't be, by label, including those whose record can't be read. ``now`` is the
    server's clock, ``timeline`` the one that it writes. ``summarizes`` is its setting ``summarize_wal``, ``summaries``
    its WAL summaries of that timeline (``None``: not requested), ``data_checksums`` whether its pages have checksums,
    ``settings_on`` other settings that are on. ``chain_fault`` is a problem with the files of :attr:`chain`.
    ``accepted_faults`` are names of faults of PostgreSQL that the user accepts.
    """

    now: datetime
    timeline: int
    system_identifier: str
    version_num: int
    backups: tuple[Backup, ...]
    usable: frozenset[str]
    damaged: Mapping[str, str] = field(default_factory=dict)
    summarizes: bool = False
    summaries: WalSummaries | None = None
    data_checksums: bool = False
    chain_fault: Obstacle | None = None
    settings_on: frozenset[str] = frozenset()
    accepted_faults: frozenset[str] = frozenset()

    @property
    def version(self) -> int:
        """The server's major version."""
        return self.version_num // 10000

    @property
    def newest(self) -> Backup | None:
        """The newest backup of this cluster on its present timeline, without those whose WAL is missing.

        Backups from before a recovery belong to another history. One whose chain is broken or damaged counts, so that a
        new chain is begun. The newest is determined by position: a clock may have been wrong.
        """
        own = sorted(filter(self._is_of_this, reversed(self.backups)), key=lambda each: each.start_lsn, reverse=True)
        return next((each for each in own if each.label in self.usable or self._is_broken(each)), None)

    @property
    def chain(self) -> Chain | None:
        """The chain that an incremental backup would extend; ``None`` without a complete one."""
        return None if self.newest is None else self._chain_of(self.newest)

    @property
    def fault(self) -> Obstacle | None:
        """The problem with the newest backup or its chain; ``None`` if both are sound, or there is none."""
        newest = self.newest
        # If a backup's record can't be read, its label still tells when it began.
        since, until = newest.label if newest else "", new_label(self.now, backup_type=INCREMENTAL)
        unread = self.damaged.keys() - {backup.label for backup in self.backups}
        newer = max((label for label in unread if since < label <= until), default=None)
        if newer is not None:
            return link_damaged(newer, reason=self.damaged[newer])
        if newest is None:
            return None
        try:
            chain = chain_of(newest, backups=self.backups)
        except Damaged as error:
            return Obstacle(error.message, code="chain-broken", hint=_TAKE_FULL)
        known = (link_damaged(each.label, reason=self.damaged[each.label]) for each in self._damaged_links(chain))
        return next(known, self.chain_fault)

    def _is_broken(self, backup: Backup) -> bool:
        chain = self._chain_of(backup)
        return chain is None or bool(self._damaged_links(chain))

    def _damaged_links(self, chain: Chain) -> list[Backup]:
        return [link for link in chain.links if link.label in self.damaged]

    def _chain_of(self, backup: Backup) -> Chain | None:
        try:
            return chain_of(backup, backups=self.backups)
        except Damaged:
            return None

    def _is_of_this(self, backup: Backup) -> bool:
        return (backup.system_identifier, backup.timeline) == (self.system_identifier, self.timeline)


def find_obstacle(situation: BackupSituation) -> Obstacle | None:
    """Why the next backup can't be incremental; ``None`` if it can."""
    if situation.version < INCREMENTAL_BACKUP_SINCE:
        return Obstacle(
            f"incremental backups require PostgreSQL {INCREMENTAL_BACKUP_SINCE}, and this is {situation.version}",
            code="incremental-unsupported",
            hint="Set 'pitr_backup_type' to full or auto.",
        )
    if not situation.summarizes:
        return summarizing_is_off()
    return (
        situation.fault
        or _without_parent(situation)
        or _with_other_checksums(situation)
        or _with_server_fault(situation)
        or _without_summaries(situation)
    )


def summarizing_is_off() -> Obstacle:
    """The obstacle of a server that does not summarize its WAL."""
    return Obstacle(
        "summarize_wal is off",
        code="summarize-wal-off",
        hint="Run the playbook 'archive', which turns it on without a restart, and then take a full backup.",
    )


def summaries_missing(reason: str) -> Obstacle:
    """The obstacle of WAL summaries that do not cover everything since the parent."""
    return Obstacle(reason, code="wal-summaries-missing", hint=_TAKE_FULL)


def summarizer_stuck(reason: str) -> Obstacle:
    """The obstacle of a summarizer for which the server would wait a minute, and then give up."""
    return Obstacle(reason, code="wal-summarizer-stuck", hint=f"To free it, {STUCK_REMEDY}. {_TAKE_FULL}")


def parent_unusable(reason: str) -> Obstacle:
    """The obstacle of a parent that the server rejects."""
    return Obstacle(reason, code="parent-unusable", hint=_TAKE_FULL)


def restartpoint_missing(reason: str) -> Obstacle:
    """The obstacle of a standby whose next backup would begin before the parent's end."""
    return Obstacle(
        f"the standby has had no restartpoint since the parent backup: {reason}",
        code="restartpoint-missing",
        hint="Wait for the primary's next checkpoint, run CHECKPOINT there, or take a full backup.",
    )


def manifest_unusable(label: str, *, reason: str) -> Obstacle:
    """The obstacle of a parent whose manifest can't be trusted."""
    return Obstacle(f"the manifest of backup '{label}': {reason}", code="manifest-damaged", hint=_TAKE_FULL)


def link_unusable(label: str, *, reason: str) -> Obstacle:
    """The obstacle of a chain that could not be restored."""
    return Obstacle(f"backup '{label}', the parent of the next one, {reason}", code="chain-broken", hint=_TAKE_FULL)


def link_damaged(label: str, *, reason: str) -> Obstacle:
    """The obstacle of a chain that is known to be damaged."""
    return link_unusable(label, reason=f"is damaged: {reason}")


def _without_parent(situation: BackupSituation) -> Obstacle | None:
    if situation.newest is None:
        return Obstacle(_no_backup(situation), code="parent-missing", hint=_TAKE_FULL)
    return None


def _with_other_checksums(situation: BackupSituation) -> Obstacle | None:
    """The obstacle of pages rewritten without WAL, by ``pg_checksums`` on a stopped cluster."""
    parent = situation.newest
    if parent is None or parent.data_checksums == situation.data_checksums:
        return None
    now = "on" if situation.data_checksums else "off"
    return Obstacle(
        f"data checksums were turned {now} since '{parent.label}'", code="checksums-changed", hint=_TAKE_FULL
    )


def _with_server_fault(situation: BackupSituation) -> Obstacle | None:
    """The obstacle of a chain that may restore wrong data by a fault of PostgreSQL."""
    chain = situation.chain
    if chain is None:
        return None
    on = {*situation.settings_on, *(("data_checksums",) if situation.data_checksums else ())}
    for fault in faults_of_next(chain, version_num=situation.version_num, settings_on=on):
        if fault.name not in situation.accepted_faults:
            return Obstacle(
                fault_text(fault, chain=chain),
                code="server-fault",
                hint=f"{_TAKE_FULL} 'pitr_backup_accepted_faults' with '{fault.name}' would accept wrong data.",
            )
    return None


def _no_backup(situation: BackupSituation) -> str:
    own = [backup for backup in situation.backups if backup.system_identifier == situation.system_identifier]
    usable = [backup for backup in own if backup.label in situation.usable]
    if not usable:
        return f"there is no usable backup of timeline {situation.timeline}"
    last = usable[-1]
    return (
        f"the cluster is on timeline {situation.timeline} since a recovery or promotion, and the newest usable backup "
        f"'{last.label}' is of timeline {last.timeline}"
    )


def _without_summaries(situation: BackupSituation) -> Obstacle | None:
    summaries, parent = situation.summaries, situation.newest
    if summaries is None or parent is None:
        return None
    if not summaries.is_running:
        return summaries_missing("the server's WAL summarizer is not running; the server's log says why")
    if summaries.stuck is not None:
        return summarizer_stuck(summaries.stuck)
    hole = summaries.hole_after(parent.start_lsn)
    if hole is None:
        return None
    return summaries_missing(
        f"the WAL summaries since '{parent.label}' have a gap: the summary of timeline {summaries.timeline} from "
        f"{hole} on is missing, and the summarizer is at {summaries.summarized_lsn}"
    )


__all__ = (
    "BackupSituation",
    "NotIncremental",
    "Obstacle",
    "find_obstacle",
    "link_damaged",
    "link_unusable",
    "manifest_unusable",
    "parent_unusable",
    "restartpoint_missing",
    "summaries_missing",
    "summarizer_stuck",
    "summarizing_is_off",
)
