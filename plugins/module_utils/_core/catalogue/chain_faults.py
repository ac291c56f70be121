# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults of PostgreSQL from which a chain of backups, or its next link, may have wrong data."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import suppress

from ..errors import Damaged
from ..wording import labels_text
from .chain import Chain, chain_among
from .record import INCREMENTAL, Backup
from .server_faults import BY_RECORD, BY_RESTORE, SERVER_FAULTS, ServerFault


def chain_faults(chain: Chain, *, table: Sequence[ServerFault] = SERVER_FAULTS) -> tuple[ServerFault, ...]:
    """The faults that this chain may have, and that no restore cures."""
    if len(chain.links) == 1:
        return ()
    return tuple(
        fault
        for fault in table
        if fault.cure != BY_RESTORE
        and _affects_any(fault, chain.links)
        and (fault.cure != BY_RECORD or _unrecorded(chain))
    )


def faults_of_next(
    chain: Chain, *, version_num: int, settings_on: Container[str], table: Sequence[ServerFault] = SERVER_FAULTS
) -> tuple[ServerFault, ...]:
    """The faults that the chain may have with one more incremental backup, by a server of this version and settings.

    The WAL since the chain's newest backup was summarized by this server, or by that of the backup before its update.
    """
    present = chain_faults(chain, table=table)
    return tuple(
        fault
        for fault in table
        if fault in present
        or (
            fault.cure is None
            and (fault.affects(version_num, settings_on=settings_on) or _affects_any(fault, chain.links[-1:]))
        )
    )


def fault_text(fault: ServerFault, *, chain: Chain) -> str:
    """The fault in a chain, as a sentence without capital and full stop."""
    if fault.cure == BY_RECORD:
        labels = labels_text([link.label for link in _unrecorded(chain)])
        return f"{labels} has no record of the tables that were truncated before it: {fault.effect} ({fault.name})"
    version = max(link.version_num for link in chain.links)
    major, minor = divmod(version, 10000)
    return f"the chain of '{chain.backup.label}' is of PostgreSQL {major}.{minor}: {fault.effect} ({fault.name})"


def doubtful_chains(backups: Iterable[Backup], *, table: Sequence[ServerFault] = SERVER_FAULTS) -> Iterator[str]:
    """The faults of all chains, each of which is told of by its newest backup, in sentences."""
    by_label = {backup.label: backup for backup in backups}
    parents = {backup.parent for backup in by_label.values()}
    for label, backup in by_label.items():
        if backup.type == INCREMENTAL and label not in parents:
            with suppress(Damaged):
                chain = chain_among(by_label, backup=backup)
                yield from (fault_text(fault, chain=chain) for fault in chain_faults(chain, table=table))


def _affects_any(fault: ServerFault, links: Iterable[Backup]) -> bool:
    return any(
        fault.affects(link.version_num, settings_on=("data_checksums",) if link.data_checksums else ())
        for link in links
    )


def _unrecorded(chain: Chain) -> tuple[Backup, ...]:
    return tuple(link for link in chain.links[1:] if link.truncations is None)


__all__ = ("chain_faults", "doubtful_chains", "fault_text", "faults_of_next")
