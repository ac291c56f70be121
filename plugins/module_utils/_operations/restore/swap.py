# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Swaps restored directories with those that they replace, and rolls that back."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace

from ..._core.restore.journal import RestoreJournal
from ..._core.restore.swap_identity import check_before_rollback, check_before_swap
from ..._core.restore.swap_pair import SwapPair
from ..._core.restore.swap_steps import Rename, rollback_steps, swap_steps
from ..._io.postgres.service.supervisor import check_stays_stopped
from .sibling_directories import remove_tree, rename_durably


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


def finish_swap(journal: RestoreJournal) -> tuple[Rename, ...]:
    """Do the renames that are still missing; the server must be stopped. The result are the renames done."""
    check_before_swap(journal.pairs, inodes=_inodes_of(journal.pairs))
    steps = swap_steps(journal.pairs, existing=existing_of(journal.pairs))
    for step in steps:
        check_stays_stopped(journal.source.data_directory)
        rename_durably(step)
    # One that was just being started before its directory was renamed works on it under its new name.
    for pair in journal.pairs:
        check_stays_stopped(pair.old)
    return steps


def steps_back(journal: RestoreJournal) -> tuple[Rename, ...]:
    """The renames that bring the old directories back. Raises Failed (``swap-inconsistent``) where that cannot be."""
    check_before_rollback(journal.pairs, inodes=_inodes_of(journal.pairs))
    return rollback_steps(journal.pairs, existing=existing_of(journal.pairs))


def roll_back_swap(journal: RestoreJournal) -> tuple[Rename, ...]:
    """Bring the old directories back; the server must be stopped. The result are the renames done."""
    steps = steps_back(journal)
    for step in steps:
        rename_durably(step)
    return steps


def remove_generation(pairs: Iterable[SwapPair]) -> None:
    """Make room for the next swap: remove the directories that an earlier restore, or its rollback, set aside."""
    for pair in pairs:
        remove_tree(pair.old)
        remove_tree(pair.rolled_back)


def kept_directories(pairs: Iterable[SwapPair]) -> tuple[str, ...]:
    """What an earlier restore kept and the next one will remove."""
    return tuple(path for pair in pairs for path in (pair.old, pair.rolled_back) if os.path.lexists(path))


def _inodes_of(pairs: Iterable[SwapPair]) -> dict[str, int]:
    return {path: os.lstat(path).st_ino for path in existing_of(pairs)}


__all__ = (
    "existing_of",
    "finish_swap",
    "kept_directories",
    "remove_generation",
    "roll_back_swap",
    "steps_back",
    "with_inodes",
)
