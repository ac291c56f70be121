# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Healing what a verification has found in one repository from the others of the list."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime

from ..._core.errors import PitrError
from ..._core.repository.layout import RECORD_NAME
from ..._core.verify.finding import ARCHIVE, HISTORY, MANIFEST, ORIGIN, RECORD, SEGMENT, Finding
from ..._core.verify.healed import Healed, HealOutcome
from ..._core.wal.segment_range import SegmentRange
from ..._io.catalogue.records import backup_labels
from ..._io.host.scratch import scratch_directory
from ..._io.repository.backup_hold import hold_backups
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.common_wal import check_common_wal, whole_timelines
from ..._io.repository.repository import Repository
from ..._io.repository.several_folders import NamedFolder
from .backup import BackupHealing
from .wal import PROOF, WalHealing

# What is proven wrong in the repository itself, and not in what was stored there.
_CODES_OF_WAL = ("segment-missing", "segment-damaged", "segment-foreign", "history-missing", "history-damaged")
_NOT_OF_FILES = ("backup-record-differs", "chain-broken")
# The manifest first, by which the archives are verified.
_ORDER = (RECORD, MANIFEST, ARCHIVE, ORIGIN, HISTORY, SEGMENT)


def heal(
    findings: Iterable[Finding], *, target: ClusterFolder, others: Sequence[Repository], now: datetime
) -> HealOutcome:
    """Heal the cluster's folder ``target`` from those of these repositories that can be read; what was, and what not.

    What is not damaged is left alone. Raises nothing that concerns one piece alone.
    """
    outcome = HealOutcome()
    sources = list(_sources(others, target=target, outcome=outcome))
    token = now.strftime("%Y%m%dT%H%M%SZ")
    size = target.identity().segment_size
    needed = sorted((each for each in findings if _is_healable(each)), key=lambda each: _ORDER.index(each.kind))
    with scratch_directory("pgpitr-heal-", needed_bytes=4 * size.size_bytes) as scratch, ExitStack() as held:
        # Retention keeps the WAL from the oldest backup on that somebody holds.
        for label in backup_labels(target)[:1]:
            if target.has_backup(label):
                held.enter_context(hold_backups(target, [label]))
        os.mkdir(f"{scratch}/{PROOF}")
        has_wal = any(each.kind in (SEGMENT, HISTORY) for each in needed)
        same = [*_of_one_history(sources, target=target, outcome=outcome)] if has_wal else []
        wal = WalHealing(target, same, scratch, token)
        backups = BackupHealing(target, sources, token)
        done: set[str] = set()
        for finding in needed:
            for subject in _subjects(finding, target=target):
                if subject in done:
                    continue
                done.add(subject)
                _heal_one(finding, subject, wal=wal, backups=backups, outcome=outcome)
    return outcome


def reason_of(error: PitrError | OSError) -> str:
    """Why something was not done, on one line. Raises what a signal has raised: it ends the run."""
    if isinstance(error, PitrError) and error.code == "interrupted":
        raise error
    return " ".join((error.message if isinstance(error, PitrError) else str(error)).split())


def _heal_one(finding: Finding, subject: str, *, wal: WalHealing, backups: BackupHealing, outcome: HealOutcome) -> None:
    try:
        if finding.backup is None:
            source = wal.heal(subject)
        else:
            source = backups.heal(finding.backup, name=finding.file or RECORD_NAME)
    except (PitrError, OSError) as error:
        outcome.problems.append(f"'{subject}' was not healed: {reason_of(error)}")
    else:
        outcome.healed.append(Healed(subject, source))


def _is_healable(finding: Finding) -> bool:
    if finding.kind in (SEGMENT, HISTORY):
        return finding.code in _CODES_OF_WAL
    return finding.kind in _ORDER and finding.code not in _NOT_OF_FILES and finding.file is not None


def _subjects(finding: Finding, *, target: ClusterFolder) -> Iterator[str]:
    """What is to be healed: each segment of a range, or the one file."""
    if finding.segment is None:
        yield finding.subject
        return
    size = target.identity().segment_size
    lost = SegmentRange.named(finding.segment, finding.last_segment or finding.segment, size=size)
    for block in lost.blocks(1):
        yield block.first_name(size)


def _sources(others: Sequence[Repository], *, target: ClusterFolder, outcome: HealOutcome) -> Iterator[NamedFolder]:
    """The cluster's folders in those that can be read, and have this very cluster."""
    known = {*target.identity().system_identifiers}
    for each in others:
        folder = each.cluster(target.name)
        try:
            each.check_readable()
            if not known & {*folder.identity().system_identifiers}:
                outcome.problems.append(f"nothing is taken from the repository '{each.name}': it has another cluster")
                continue
        except (PitrError, OSError) as error:
            outcome.problems.append(f"nothing could be taken from the repository '{each.name}': {reason_of(error)}")
            continue
        yield NamedFolder(each.name, folder, each.is_required)


def _of_one_history(
    sources: Iterable[NamedFolder], *, target: ClusterFolder, outcome: HealOutcome
) -> Iterator[NamedFolder]:
    """Those whose WAL is, as far as can be told, of the target's history: what is behind a hole counts, too."""
    stored = target.stored_wal()
    for each in sources:
        try:
            there = (each.folder.storage, each.folder.stored_wal())
            check_common_wal((target.storage, stored), there, ranges=whole_timelines(stored))
        except (PitrError, OSError) as error:
            outcome.problems.append(f"no WAL is taken from the repository '{each.name}': {reason_of(error)}")
            continue
        yield each


__all__ = ("heal", "reason_of")
