# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module backup_expire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone

from .._core.repository.outcome import NotEverywhere, RepositoryOutcome, is_failure, remarks_of
from .._core.retention.plan import ExpirePlan
from .._core.retention.report import outcomes_text, outcomes_to_dict
from .._operations.retention.each import expire_each
from .entry import Outcome, Request
from .repository import folder_of, repository_of
from .retention import retention_of
from .steps_diff import steps_diff


def backup_expire(request: Request) -> Outcome:
    """Remove the backups and the WAL that no rule keeps. Needs neither a server nor a data directory."""
    options = request.options
    repository = repository_of(options)
    name = folder_of(options, repository=repository).name
    outcomes = expire_each(
        repository,
        name=name,
        policy=retention_of(options),
        clock=_now,
        wait_seconds=options["wait_seconds"],
        names=options["repository_names"] or [],
        is_rehearsal=request.check_mode,
    )
    return _outcome(outcomes, name=name, done=not request.check_mode)


def _outcome(outcomes: Sequence[RepositoryOutcome[ExpirePlan]], *, name: str, done: bool) -> Outcome:
    form = outcomes_to_dict(outcomes, name=name)
    steps = tuple(step for each in outcomes if each.result for step in each.result.steps)
    values = {key: value for key, value in form.items() if key != "name"}
    values["text"] = outcomes_text(outcomes, name=name, done=done)
    if is_failure(outcomes):
        raise NotEverywhere(outcomes, values={"changed": bool(steps) and done, **values})
    return Outcome(bool(steps), values, diff=steps_diff(steps), warnings=remarks_of(outcomes))


def _now() -> datetime:
    return datetime.now(timezone.utc)


__all__ = ("backup_expire",)
