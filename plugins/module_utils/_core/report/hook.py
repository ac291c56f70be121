# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told when tasks that a user named to run before or after the work are missing, or fail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

BEFORE = "before"
_KEPT = {
    BEFORE: "nothing was changed",
    "after": "what was done stays done, and is told in the result",
}


def missing_file(paths: Iterable[str], *, present: Iterable[str]) -> dict[str, Any]:
    """The failure for the files of which none is ``present``; empty where all are.

    >>> missing_file(["/etc/drain.yml"], present=["/etc/drain.yml"])
    {}
    """
    known = frozenset(present)
    missing = [path for path in paths if path not in known]
    if not missing:
        return {}
    return _failure(
        f"no such task file on the controller: {', '.join(missing)}",
        code="hook-missing",
        hint="Name each by its absolute path there, as in /srv/ansible/drain.yml, or leave the variable empty.",
    )


def failed_tasks(path: str, *, act: str, when: str, task: str) -> dict[str, Any]:
    """The failure of a task in one of the files; ``act`` and ``when`` are what the tasks are told.

    >>> failed_tasks("/etc/drain.yml", act="restore", when="before", task="Drain")["msg"]
    "task 'Drain' of '/etc/drain.yml' failed before the restore; nothing was changed"
    """
    failure = _failure(
        f"task '{task}' of '{path}' failed {when} the {act.replace('_', ' ')}; {_KEPT.get(when, _KEPT['after'])}",
        code="hook-failed",
        hint="The output of that task has the reason. See what it left undone, then run again."
        if when == BEFORE
        else "The output of that task has the reason. Do by hand what it left undone.",
    )
    return {**failure, "act": act}


def _failure(msg: str, *, code: str, hint: str) -> dict[str, Any]:
    return {"failed": True, "msg": msg, "code": code, "hint": hint}


__all__ = ("failed_tasks", "missing_file")
