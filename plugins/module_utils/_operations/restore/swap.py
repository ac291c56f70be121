# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Swaps restored directories with those that they replace, and rolls that back."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import replace

from ..._core.restore.journal import RestoreJournal
from ..._core.restore.swap.entry_swap import Entries, moves_entries
from ..._core.restore.swap.swap_identity import check_before_rollback, check_before_swap
from ..._core.restore.swap.swap_pair import SwapPair
from ..._core.restore.swap.swap_step import Step
from ..._core.restore.swap.swap_steps import rollback_steps, swap_steps
from ..._io.postgres.service.supervisor import check_nobody_went_along, check_stays_stopped
from .sibling_directories import do_durably, remove_tree


def existing_of(pairs: Iterable[SwapPair]) -> frozenset[str]:
    """Which of the pairs' places are taken now."""
    return frozenset(path for pair in pairs for path in pair.paths if os.path.lexists(path))


def with_inodes(pairs: Iterable[SwapPair]) -> tuple[SwapPair, ...]:
    """The pairs, which nothing was renamed of, with the inodes of what is replaced and of what was restored."""
    known = tuple(pairs)
    inodes = _inodes_of(known)
    return tuple(
        replace(pair, replaced_inode=inodes.get(pair.live), restored_inode=inodes.get(pair.new)) for pair in known
    )


def with_entries(pairs: Iterable[SwapPair]) -> tuple[SwapPair, ...]:
    """The pairs, with what lies in the directories that stay; the server must be stopped, and nothing renamed."""
    known = tuple(pairs)
    entries = _entries_of(known)
    return tuple(replace(pair, replaced_entries=entries[pair.live].live) if pair.by_entries else pair for pair in known)


def finish_swap(journal: RestoreJournal) -> tuple[Step, ...]:
    """Do the steps that are still missing; the server must be stopped. The result are the steps done."""
    entries = _entries_of(journal.pairs)
    check_before_swap(journal.pairs, inodes=_inodes_of(journal.pairs), entries=entries)
    steps = swap_steps(journal.pairs, existing=existing_of(journal.pairs), entries=entries)
    _take_over_mode(journal.pairs)
    do_durably(steps, check=lambda: check_stays_stopped(journal.source.data_directory))
    # One that was just being started before its directory was renamed works on it under its new name.
    for pair in journal.pairs:
        if pair.by_entries:
            check_stays_stopped(pair.live)
        else:
            check_nobody_went_along(pair.old)
    return steps


def steps_back(journal: RestoreJournal) -> tuple[Step, ...]:
    """The steps that bring the old directories back. Raises Failed (``swap-inconsistent``) where that cannot be."""
    entries = _entries_of(journal.pairs)
    check_before_rollback(journal.pairs, inodes=_inodes_of(journal.pairs), entries=entries)
    return rollback_steps(journal.pairs, existing=existing_of(journal.pairs), entries=entries)


def roll_back_swap(journal: RestoreJournal) -> tuple[Step, ...]:
    """Bring the old directories back; the server must be stopped. The result are the steps done.

    Raises Failed (``server-started-again``), after which it can be repeated, and what :func:`steps_back` raises.
    """
    steps = steps_back(journal)
    if not moves_entries(journal.pairs, steps):
        # The old server may run: nothing of it was renamed.
        do_durably(steps)
    else:
        do_durably(steps, check=lambda: check_stays_stopped(journal.directory))
    # As in the swap: one that was just being started works on under the new name.
    for pair in journal.pairs:
        if not pair.by_entries and os.path.isdir(pair.rolled_back):
            check_nobody_went_along(pair.rolled_back)
    return steps


def remove_generation(pairs: Iterable[SwapPair]) -> None:
    """Make room for the next swap: remove the directories that an earlier restore, or its rollback, set aside."""
    for pair in pairs:
        remove_tree(pair.old)
        remove_tree(pair.rolled_back)


def kept_directories(pairs: Iterable[SwapPair]) -> tuple[str, ...]:
    """What an earlier restore kept and the next one will remove."""
    return tuple(path for pair in pairs for path in (pair.old, pair.rolled_back) if os.path.lexists(path))


def _take_over_mode(pairs: Iterable[SwapPair]) -> None:
    """Give a directory that was empty the mode of what comes into it: that of a new file system starts no server."""
    for pair in pairs:
        if pair.by_entries and not pair.had_live and os.path.isdir(pair.new):
            os.chmod(pair.live, stat.S_IMODE(os.stat(pair.new).st_mode))


def _entries_of(pairs: Iterable[SwapPair]) -> dict[str, Entries]:
    """What lies in the places of each pair that trades entries; no pair whose directory is not there."""
    return {
        pair.live: Entries(
            {name: inode for name, inode in (_inodes_in(pair.live) or {}).items() if pair.moves(name)},
            *(_inodes_in(path) for path in pair.paths[1:]),
        )
        for pair in pairs
        if pair.by_entries and os.path.isdir(pair.live)
    }


def _inodes_in(directory: str) -> dict[str, int] | None:
    try:
        return {name: os.lstat(f"{directory}/{name}").st_ino for name in os.listdir(directory)}
    except FileNotFoundError:
        return None


def _inodes_of(pairs: Iterable[SwapPair]) -> dict[str, int]:
    return {path: os.lstat(path).st_ino for path in existing_of(pairs)}


__all__ = (
    "existing_of",
    "finish_swap",
    "kept_directories",
    "remove_generation",
    "roll_back_swap",
    "steps_back",
    "with_entries",
    "with_inodes",
)
