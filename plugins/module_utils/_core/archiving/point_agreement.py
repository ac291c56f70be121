# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a restore point can be written in several clusters at one moment, and how far ahead that has to lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import Refused
from ..wording import count_text
from .clock_offset import ClockOffset, widest_ms

_LEAST_LEAD_SECONDS = 3.0
_MOST_LEAD_SECONDS = 300.0
# Getting ready again may take twice as long as it did, and a breath more.
_LEAD_FACTOR = 2.0
_LEAD_MORE_SECONDS = 1.0


@dataclass(frozen=True)
class Candidate:
    """A host that takes part, as the look at it left it.

    ``is_ready`` is false where that look failed or the host was lost since. ``began`` is when the look began and
    ``seconds`` how long it took to get as far as a session, by the controller's clock; ``clock`` is unknown where the
    host could not tell.
    """

    host: str
    is_ready: bool = True
    is_standby: bool = False
    system_identifier: str = ""
    began: float = 0.0
    seconds: float = 0.0
    clock: ClockOffset | None = None


@dataclass(frozen=True)
class Agreement:
    """Who writes, who is passed over, how many seconds ahead the moment lies (0: at once), how far clocks differ."""

    writers: tuple[str, ...]
    passed: tuple[str, ...]
    lead_seconds: float
    clocks_ms: float | None = None


def agree(
    candidates: Sequence[Candidate], *, forks: int, limit_ms: float, lead_seconds: float | None = None
) -> Agreement:
    """What the hosts agree on; ``lead_seconds`` is what the user wants.

    Raises Refused (``clusters-not-ready``, ``standby``, ``forks-too-few``, ``clocks-differ``).
    """
    _check_ready(candidates)
    writers = tuple(each for each in candidates if not each.is_standby)
    passed = tuple(each.host for each in candidates if each.is_standby)
    _check_primaries(candidates, writers=writers)
    names = tuple(each.host for each in writers)
    if len(writers) == 1:
        return Agreement(names, passed, 0.0)
    _check_forks(len(writers), forks=forks)
    _check_clocks(writers, limit_ms=limit_ms)
    lead = lead_of(writers) if lead_seconds is None else lead_seconds
    return Agreement(names, passed, lead, widest_ms(each.clock for each in writers if each.clock is not None))


def lead_of(writers: Sequence[Candidate]) -> float:
    """How far ahead a moment has to lie for all of them to have a session by then, by what the look at them took.

    >>> lead_of([Candidate("db1", began=10.0, seconds=2.0), Candidate("db2", began=11.5, seconds=1.0)])
    8.0
    """
    begun = [each.began for each in writers]
    took = max(begun) - min(begun) + max(each.seconds for each in writers)
    return min(_MOST_LEAD_SECONDS, max(_LEAST_LEAD_SECONDS, took * _LEAD_FACTOR + _LEAD_MORE_SECONDS))


def _check_ready(candidates: Sequence[Candidate]) -> None:
    absent = [each.host for each in candidates if not each.is_ready]
    if absent:
        raise Refused(
            f"{count_text(len(absent), 'host')} of {len(candidates)} cannot have the restore point; none was written:"
            f" {', '.join(absent)}",
            code="clusters-not-ready",
            hint="Mend what is told of those hosts, or leave them out by --limit, and run again.",
        )


def _check_primaries(candidates: Sequence[Candidate], *, writers: Sequence[Candidate]) -> None:
    known = {each.system_identifier for each in writers}
    lonely = [each.host for each in candidates if each.is_standby and each.system_identifier not in known]
    if lonely:
        raise Refused(
            f"only a primary can write a restore point, and that of {', '.join(lonely)} is not among this run's hosts",
            code="standby",
            hint="Run it for the primary, too; a standby gets the restore point with the WAL.",
        )


def _check_forks(count: int, *, forks: int) -> None:
    if forks < count:
        raise Refused(
            f"{count} clusters are to write the restore point at one moment, and Ansible works on {forks} at a time",
            code="forks-too-few",
            hint=f"Run with --forks {count} or more (in AWX: Forks of the job template).",
        )


def _check_clocks(writers: Sequence[Candidate], *, limit_ms: float) -> None:
    apart = [each for each in writers if each.clock is not None and each.clock.surely * 1000 > limit_ms]
    if apart:
        told = ", ".join(f"{each.host} by {each.clock.surely * 1000:.0f} ms" for each in apart if each.clock)
        raise Refused(
            f"clocks differ from the controller's by more than {limit_ms:g} ms: {told}",
            code="clocks-differ",
            hint="Set the clocks by NTP: each host writes the restore point by its own. Where all are named, it is the"
            " controller's that is wrong.",
        )


__all__ = ("Agreement", "Candidate", "agree", "lead_of")
