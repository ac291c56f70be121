# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proof by inode that the directories of a swap are those that the restore found and made, whatever their names are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...errors import Failed
from ...wording import labels_text
from .entry_swap import Entries, missing_entries
from .swap_pair import SwapPair


def check_before_swap(
    pairs: Iterable[SwapPair], *, inodes: Mapping[str, int], entries: Mapping[str, Entries] | None = None
) -> None:
    """Return when each pair can be swapped, or is. ``inodes`` has the places that are taken now, with their inodes.

    ``entries`` are those of each pair that trades entries, by its ``live``. Raises Failed (``swap-inconsistent``).
    """
    for pair in pairs:
        _check_replaced(pair, inodes, (entries or {}).get(pair.live))
        if _differs(inodes.get(pair.new), pair.restored_inode):
            raise _not_the_same(pair.new, "made", pair)


def check_before_rollback(
    pairs: Iterable[SwapPair], *, inodes: Mapping[str, int], entries: Mapping[str, Entries] | None = None
) -> None:
    """Return when what a rollback brings back, or finds in place, is what the restore replaced.

    What the restore had made may be anything else by now: it is set aside. ``entries`` as above. Raises Failed
    (``swap-inconsistent``).
    """
    for pair in pairs:
        _check_replaced(pair, inodes, (entries or {}).get(pair.live))


def _check_replaced(pair: SwapPair, inodes: Mapping[str, int], entries: Entries | None) -> None:
    if pair.by_entries:
        _check_entries(pair, inodes, entries)
        return
    if _differs(inodes.get(pair.old), pair.replaced_inode):
        raise _not_the_same(pair.old, "replaced", pair)
    if pair.old not in inodes and _differs(inodes.get(pair.live), pair.replaced_inode):
        raise Failed(
            f"what the restore replaced is gone: it was kept as '{pair.old}', and '{pair.live}' is another directory",
            code="swap-inconsistent",
            hint="There is nothing to roll back to, and the cluster stays as it is. A restore to a later target brings "
            "back what the archive has.",
        )


def _check_entries(pair: SwapPair, inodes: Mapping[str, int], entries: Entries | None) -> None:
    if entries is None or _differs(inodes.get(pair.live), pair.replaced_inode):
        raise Failed(
            f"'{pair.live}' is not the directory that it was when the restore began",
            code="swap-inconsistent",
            hint="It is a mount point, or has one in it: mount the file systems that belong there, and run this again.",
        )
    missing = missing_entries(pair, entries)
    if missing:
        raise Failed(
            f"what the restore replaced is gone: it was kept in '{pair.old}', and {labels_text(missing)} "
            "cannot be found there",
            code="swap-inconsistent",
            hint="There is nothing whole to roll back to, and the cluster stays as it is. A restore to a later target "
            "brings back what the archive has.",
        )


def _differs(inode: int | None, known: int | None) -> bool:
    return inode is not None and known is not None and inode != known


def _not_the_same(path: str, what: str, pair: SwapPair) -> Failed:
    return Failed(
        f"'{path}' is not the directory that the restore of '{pair.live}' {what}",
        code="swap-inconsistent",
        hint="Somebody put another one there, or moved it from one file system to another. Look at each of them, and "
        "put the wanted one into place by hand.",
    )


__all__ = ("check_before_rollback", "check_before_swap")
