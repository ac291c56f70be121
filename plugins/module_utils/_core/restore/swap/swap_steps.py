# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which renames put restored directories into place, or the old ones back, from whatever state a crash left.

Both directions only look at which directories exist, so that each can be repeated after an interruption at any point.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...errors import Failed
from .entry_swap import Entries, roll_back_entries, swap_entries
from .swap_pair import SwapPair
from .swap_step import Rename, Step


def swap_steps(
    pairs: Iterable[SwapPair], *, existing: frozenset[str], entries: Mapping[str, Entries] | None = None
) -> tuple[Step, ...]:
    """The steps still missing until everything restored is in place. Raises Failed (``swap-inconsistent``).

    ``entries`` are those of the places of each pair that trades entries, by its ``live``.
    """
    seen = entries or {}
    return tuple(
        step
        for pair in pairs
        for step in (swap_entries(pair, seen[pair.live]) if pair.by_entries else _swap_one(pair, existing))
    )


def rollback_steps(
    pairs: Iterable[SwapPair], *, existing: frozenset[str], entries: Mapping[str, Entries] | None = None
) -> tuple[Step, ...]:
    """The steps still missing until everything old is back.

    The data directory, which is the last pair, goes first and comes last: whoever starts the server meanwhile finds
    none. ``entries`` as above. Raises Failed (``swap-inconsistent``).
    """
    known, seen = tuple(pairs), entries or {}
    if not known:
        return ()
    *others, last = (
        roll_back_entries(pair, seen[pair.live]) if pair.by_entries else _roll_back_one(pair, existing)
        for pair in known
    )
    comes_back = _return_of(known[-1].live, last)
    return (*last[:comes_back], *(step for steps in reversed(others) for step in steps), *last[comes_back:])


def _return_of(live: str, steps: tuple[Step, ...]) -> int:
    """The index of the step from which on a server finds its data directory again; behind all where none is."""
    into = [index for index, step in enumerate(steps) if isinstance(step, Rename) and _is_in(step.destination, live)]
    return into[-1] if into else len(steps)


def _is_in(path: str, directory: str) -> bool:
    return path == directory or path.startswith(f"{directory}/")


def _swap_one(pair: SwapPair, existing: frozenset[str]) -> tuple[Rename, ...]:
    live, new, old = (path in existing for path in pair.paths[:3])
    aside, into_place = Rename(pair.live, pair.old), Rename(pair.new, pair.live)
    if new and not live:
        return (into_place,)
    if live and not new and old == pair.had_live:
        return ()
    if live and new and not old and pair.had_live:
        return (aside, into_place)
    raise _inconsistent(pair, existing)


def _roll_back_one(pair: SwapPair, existing: frozenset[str]) -> tuple[Rename, ...]:
    live, new, old, rolled_back = (path in existing for path in pair.paths)
    set_aside = (Rename(pair.live, pair.rolled_back),) if live and not rolled_back else ()
    if not pair.had_live:
        # Nothing has to come back: what lies at the place is the restored directory, or it is still beside.
        return (Rename(pair.new, pair.rolled_back),) if new and not live and not rolled_back else set_aside
    if old and live and rolled_back:
        raise _inconsistent(pair, existing)
    back = (Rename(pair.old, pair.live),) if old else ()
    if not old and not live:
        raise _inconsistent(pair, existing)
    stale = (Rename(pair.new, pair.rolled_back),) if new and not rolled_back and not (old and live) else ()
    return (*(set_aside if old else ()), *back, *stale)


def _inconsistent(pair: SwapPair, existing: frozenset[str]) -> Failed:
    there = ", ".join(path for path in pair.paths if path in existing) or "none of them"
    return Failed(
        f"the directories around '{pair.live}' are not as a restore leaves them; there is: {there}",
        code="swap-inconsistent",
        hint="Somebody moved or removed one of them. Look at each, put the wanted one into place by hand, "
        f"and remove '{pair.live}.pitr-journal.json' or its like beside the data directory.",
    )


__all__ = ("rollback_steps", "swap_steps")
