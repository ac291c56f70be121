# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rolls back a restore that failed after the swap began."""

from __future__ import annotations

from collections.abc import Iterator

from ..._core.errors import Failed, PitrError
from ..._core.restore.journal import RestoreJournal
from ..._core.restore.pin import pin_in_journal
from ..._io.host.runner import Runner
from ..._io.repository.cluster_folder import ClusterFolder
from .new_timeline import NewTimeline
from .pin import release_restored
from .rollback import roll_back


def roll_back_failed(
    journal: RestoreJournal,
    error: BaseException,
    *,
    folder: ClusterFolder,
    runner: Runner,
    wanted: bool,
    seconds: float,
) -> BaseException:
    """Roll the restore back (when ``wanted``); the result is the error to raise, which says how things are now.

    Errors that are bugs come back as they are.
    """
    if not wanted:
        return _with_hint(
            error, f"Nothing was rolled back, as undo_on_failure is off: '{journal.directory}' is as it failed."
        )
    try:
        opened = roll_back(journal, folder=folder, runner=runner, timeout_seconds=seconds)
    except PitrError as problem:
        return Failed(
            f"{error}; and the restore could not be rolled back: {problem.message}",
            code="undo-failed",
            hint=f"{problem.hint} Then run the playbook 'rollback': the journal beside the data has the rest.",
        )
    release_restored(folder, journal.plan.backup, pin=pin_in_journal(journal))
    return _with_hint(
        error, " ".join((state_after(journal), *filter(None, [opened.started]), *timeline_sentences(opened)))
    )


def timeline_sentences(opened: NewTimeline) -> Iterator[str]:
    """What a rollback did to the timeline of the old cluster, and what it could not do."""
    if opened.timeline is not None:
        yield f"It is on timeline {opened.timeline} now, which its standbys follow."
    if opened.problem and opened.timeline is None:
        yield (
            f"It stays on its timeline, and standbys may follow the one that was given up: no new timeline could be "
            f"begun ({opened.problem})."
        )
    elif opened.problem:
        yield f"{opened.problem}."


def state_after(journal: RestoreJournal) -> str:
    """What the rollback has left, in a sentence."""
    if not journal.in_place:
        return "The copy is stopped; the cluster itself was never touched."
    if journal.source.is_lost:
        return f"The restore was rolled back: '{journal.directory}' is as empty as it was before."
    state = "runs again" if journal.was_running else "is back, stopped as it was before"
    return f"The restore was rolled back: the old cluster {state} with all its data."


def _with_hint(error: BaseException, sentence: str) -> BaseException:
    if not isinstance(error, PitrError):
        return error
    return error.with_hint(f"{error.hint} {sentence}")


__all__ = ("roll_back_failed", "state_after", "timeline_sentences")
