# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an in-place restore takes away: the commits after the point where recovery leaves the cluster's own path."""

from __future__ import annotations

from ..target.search import StopPoint, TargetSearch
from ..wal.lsn import Lsn
from .replay import Loss
from .request import RestoreFacts

# How many segments are read to count what a restore loses; further ones are only said to exist.
_READ_SEGMENTS = 32


def loss_behind(stop: StopPoint, *, search: TargetSearch, facts: RestoreFacts) -> Loss:
    """The commits on the cluster's own timeline that the restored cluster will not have.

    Raises what the search's reader raises.
    """
    leaves = _leaves_at(stop, facts)
    path = search.path(facts.current_timeline, first=facts.wal.size.number_at(leaves))
    last = path.last_commit()
    if last is None or last.lsn < leaves:
        return Loss()
    commits, complete = path.commits_after(leaves, segments=_READ_SEGMENTS)
    # The last one counts even where the part that was read in between has none.
    return Loss(max(commits, 1), complete, last)


def _leaves_at(stop: StopPoint, facts: RestoreFacts) -> Lsn:
    """From where on the cluster's own WAL is not replayed."""
    current = facts.current_timeline
    history = facts.wal.history(current)
    leaves = stop.before.lsn + 1 if stop.before is not None else stop.backup.stop_lsn
    switch = history.switch_from(stop.timeline)
    if switch is not None:
        return min(leaves, switch)
    if stop.timeline == current:
        return leaves
    ancestors = facts.wal.history(stop.timeline).ancestors
    shared = [each.lsn for each in ancestors if history.contains(each.timeline)]
    return min([leaves, *shared[-1:]])


__all__ = ("loss_behind",)
