# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module backup_expire."""

from __future__ import annotations

from datetime import datetime, timezone

from .._core.retention.plan import ExpirePlan
from .._core.retention.report import expire_text, expire_to_dict
from .._operations.retention.expire import expire, rehearse_expire
from .entry import Outcome, Request
from .repository import folder_of, repository_of
from .retention import retention_of
from .steps_diff import steps_diff


def backup_expire(request: Request) -> Outcome:
    """Remove the backups and the WAL that no rule keeps. Needs neither a server nor a data directory."""
    options = request.options
    repository = repository_of(options)
    repository.check_is_here("retention")
    folder = folder_of(options, repository=repository)
    act = rehearse_expire if request.check_mode else expire
    if request.check_mode:
        repository.check_readable()
    else:
        repository.check()
    plan = act(folder, policy=retention_of(options), clock=_now, wait_seconds=options["wait_seconds"])
    return _outcome(plan, name=folder.name, done=not request.check_mode)


def _outcome(plan: ExpirePlan, *, name: str, done: bool) -> Outcome:
    form = expire_to_dict(plan, name=name)
    values = {key: value for key, value in form.items() if key != "name"}
    return Outcome(
        bool(plan.steps), {**values, "text": expire_text(plan, name=name, done=done)}, diff=steps_diff(plan.steps)
    )


def _now() -> datetime:
    return datetime.now(timezone.utc)


__all__ = ("backup_expire",)
