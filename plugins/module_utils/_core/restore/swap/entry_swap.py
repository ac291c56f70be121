# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the entries of a directory that stays trade places with restored ones, and come back.

The directory for what is replaced is made before the first entry is renamed, and that for what was restored is removed
behind the last one: which of the two is there tells how far a swap, or its rollback, has come. Without
``global/pg_control`` no server starts, so ``global`` leaves first and comes last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...errors import Failed
from .swap_pair import SwapPair
from .swap_step import FIRST, MakeDirectory, RemoveDirectory, Rename, Step

# Those of a data directory and of pg_wal that stay the same as long as the cluster lives.
_LASTING = ("global", "archive_status")


@dataclass(frozen=True)
class Entries:
    """What lies in the places of a pair, with inodes; ``None`` where there is none. ``live`` has what moves."""

    live: Mapping[str, int]
    new: Mapping[str, int] | None
    old: Mapping[str, int] | None
    rolled_back: Mapping[str, int] | None


def swap_entries(pair: SwapPair, seen: Entries) -> tuple[Step, ...]:
    """The steps still missing until what was restored is in place. Raises Failed (``swap-inconsistent``)."""
    if seen.new is None:
        if seen.old is None:
            raise _inconsistent(pair, f"neither '{pair.new}' nor '{pair.old}' is there")
        return ()
    if seen.old is None:
        begin: tuple[Step, ...] = (MakeDirectory(pair.old),)
        aside = list(seen.live)
    else:
        begin = ()
        aside = [name for name in seen.live if _is_replaced(name, pair, seen) or name in seen.new]
    _check_free(pair.old, aside, seen.old or {}, pair)
    return (
        *begin,
        *(Rename(f"{pair.live}/{name}", f"{pair.old}/{name}") for name in _global_first(aside)),
        *(Rename(f"{pair.new}/{name}", f"{pair.live}/{name}") for name in _global_last(seen.new)),
        RemoveDirectory(pair.new),
    )


def roll_back_entries(pair: SwapPair, seen: Entries) -> tuple[Step, ...]:
    """The steps still missing until what was replaced is back. Raises Failed (``swap-inconsistent``).

    What has come since, by the restore or by its server, goes with what was restored.
    """
    if seen.old is None:
        is_stale = seen.new is not None and seen.rolled_back is None
        return (Rename(pair.new, pair.rolled_back),) if is_stale else ()
    since = [name for name in seen.live if not _is_replaced(name, pair, seen)]
    _check_free(pair.rolled_back, since, seen.rolled_back or {}, pair)
    whole = f"{pair.rolled_back}/{pair.new.rpartition('/')[2]}"
    return (
        *(() if seen.rolled_back is not None else (MakeDirectory(pair.rolled_back),)),
        *(Rename(f"{pair.live}/{name}", f"{pair.rolled_back}/{name}") for name in _global_first(since)),
        *(() if seen.new is None else (Rename(pair.new, whole),)),
        *(Rename(f"{pair.old}/{name}", f"{pair.live}/{name}") for name in _global_last(seen.old)),
        RemoveDirectory(pair.old),
    )


def missing_entries(pair: SwapPair, seen: Entries) -> tuple[str, ...]:
    """What was replaced and is neither kept nor in its place any more."""
    known = pair.replaced_entries or {}
    if seen.old is not None:
        return tuple(name for name, inode in known.items() if inode not in (seen.old.get(name), seen.live.get(name)))
    # All of it is in its place, and its server may have gone on since.
    lasting = [name for name in _LASTING if name in known]
    return tuple(name for name in lasting if seen.live.get(name) != known[name])


def moves_entries(pairs: Iterable[SwapPair], steps: Iterable[Step]) -> bool:
    """Whether one of the steps changes a directory that a server may run on."""
    changed = {path for step in steps for path in step.paths}
    return any(_is_used(path, pair) for pair in pairs for path in changed)


def _is_used(path: str, pair: SwapPair) -> bool:
    if not pair.by_entries:
        return path == pair.live
    directory, _slash, name = path.rpartition("/")
    return directory == pair.live and pair.moves(name)


def _is_replaced(name: str, pair: SwapPair, seen: Entries) -> bool:
    if pair.replaced_entries is None:
        raise _inconsistent(pair, f"'{pair.old}' is there, and the journal does not say what was replaced")
    return pair.replaced_entries.get(name) == seen.live[name]


def _check_free(directory: str, names: Iterable[str], taken: Mapping[str, int], pair: SwapPair) -> None:
    name = next((name for name in names if name in taken), None)
    if name is not None:
        raise _inconsistent(pair, f"'{name}' is there, and in '{directory}', too")


def _global_first(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: (name != FIRST, name))


def _global_last(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: (name == FIRST, name))


def _inconsistent(pair: SwapPair, reason: str) -> Failed:
    return Failed(
        f"what lies in '{pair.live}' is not as a restore leaves it: {reason}",
        code="swap-inconsistent",
        hint="Somebody moved or removed something there. Look at what lies in it, and put what is wanted into place by "
        "hand.",
    )


__all__ = ("Entries", "missing_entries", "moves_entries", "roll_back_entries", "swap_entries")
