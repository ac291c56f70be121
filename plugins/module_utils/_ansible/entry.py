# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way from a module's arguments to its result: errors become ``fail_json`` here and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from .._core.errors import PitrError, Refused
from .._io.host.listener import is_heard
from .._io.privilege.account import Account
from .._io.privilege.follower import present_follower
from .._io.privilege.job import run_as_job
from .._io.privilege.root import TELL, ask_root, has_root
from .._io.privilege.worker import work_as
from .payload import keep_all, kept_content
from .repositories import with_first
from .worker.answer import check_result
from .worker.working_account import configuration_of, door_of, working_account


@dataclass(frozen=True)
class Outcome:
    """What a module did or would do: whether anything changes, its return values, and the diff."""

    changed: bool
    values: Mapping[str, Any] = field(default_factory=dict)
    diff: Mapping[str, Any] | None = None
    warnings: Sequence[str] = ()


@dataclass(frozen=True)
class Request:
    """What a module was asked: its options (empty strings made ``None``), check mode, and where it reports progress.

    ``work`` runs a function as the ``account`` that the module works as, and returns its result as plain data.
    ``answer`` ends the task with an outcome while the job goes on. ``directory`` is the data directory of a job that
    was cut off, where that is known.
    """

    options: Mapping[str, Any]
    check_mode: bool
    log: Callable[[str], None]
    account: Account
    work: Callable[[Callable[[], Any]], Any]
    answer: Callable[[Outcome], None] = lambda _outcome: None
    directory: str | None = None


@dataclass(frozen=True)
class Job:
    """When an action is a job that comes to its end whatever happens to the module, and what ends a killed one.

    ``guard`` is what systemd runs meanwhile, and at boot; ``None``: nothing.
    """

    is_wanted: Callable[[Mapping[str, Any]], bool]
    see_through: Callable[[Request], None]
    guard: Callable[[], int] | None = None


def run(
    action: Callable[[Request], Outcome],
    *,
    argument_spec: Mapping[str, Any],
    supports_check_mode: bool = True,
    is_administration: bool = False,
    job: Job | None = None,
    **rules: Any,
) -> None:
    """Run a module: parse, call ``action``, exit with its outcome or fail with ``msg``, ``code`` and ``hint``.

    Where root runs it, the action works as the cluster's user, in a process that has given up root's rights for good.
    Only what installs things on the host (``is_administration``) is root's own.
    """
    module = AnsibleModule(argument_spec=dict(argument_spec), supports_check_mode=supports_check_mode, **rules)
    if os.geteuid() == 0:
        keep_all()
    try:
        request = _request_of(module, job)
        outcome = action(request) if is_administration else Outcome(**_worked(request, action, job))
        if not is_administration:
            check_result(outcome.values)
    except PitrError as error:
        details = _details(error)
        module.fail_json(msg=error.message, code=error.code, hint=error.hint, **details)
    for warning in outcome.warnings:
        module.warn(warning)
    result: dict[str, Any] = {"changed": outcome.changed, **outcome.values}
    if outcome.diff is not None:
        result["diff"] = dict(outcome.diff)
    module.exit_json(**result)


def _worked(request: Request, action: Callable[[Request], Outcome], job: Job | None) -> Any:
    def work() -> Any:
        return request.work(lambda: _plain(action(within_worker(request))))

    if job is None or request.check_mode or not job.is_wanted(request.options):
        return work()
    see_through = job.see_through
    return run_as_job(
        work, see_through=lambda: request.work(lambda: see_through(within_worker(request))), hears=is_heard
    )


def _details(error: PitrError) -> Mapping[str, Any]:
    """What a failure has besides its words, but for what Ansible would obey."""
    details: Mapping[str, Any] = getattr(error, "values", None) or {}
    try:
        check_result(details)
    except Refused:
        return {}
    return details


def _request_of(module: AnsibleModule, job: Job | None) -> Request:
    options = with_first(_without_empty(module.params))
    is_job = job is not None and os.geteuid() == 0 and not module.check_mode and job.is_wanted(options)
    guard = job.guard if job is not None and is_job else None
    return request_of(options, check_mode=module.check_mode, log=module.log, guard=guard)


def _guard_keeper(
    options: Mapping[str, Any], guard: Callable[[], int], *, tell: Callable[[str], None]
) -> Callable[[str], None]:
    from .._io.host.runner import SystemRunner
    from .worker.guard_files import guard_keeper

    return guard_keeper(options, archive=kept_content, act=guard, runner=SystemRunner(), tell=tell)


def request_of(
    options: Mapping[str, Any],
    *,
    log: Callable[[str], None],
    check_mode: bool = False,
    guard: Callable[[], int] | None = None,
) -> Request:
    """The request of these options, whose worker is of the cluster's account; it may have the job guarded."""
    configured = configuration_of(options)
    account = working_account(options, configured=configured)
    # As this very account, whatever the options would come to after a crash.
    named = {**options, "os_user": account.name}
    more = {} if guard is None else {"keep_guard": _guard_keeper(named, guard, tell=log)}
    door = door_of(options, account, configured=configured, tell=log, **more)
    return Request(
        options=options,
        check_mode=check_mode,
        log=log,
        account=account,
        work=lambda act: work_as(account, act, door=door),
    )


def within_worker(request: Request) -> Request:
    """The request as the worker has it: the system log is written by the root process, if there is one."""
    tell = (lambda line: ask_root(TELL, line=line)) if has_root() else request.log
    return replace(request, log=tell, work=lambda act: act(), answer=_answer)


def _answer(outcome: Outcome) -> None:
    follower = present_follower()
    if follower is not None:
        follower.tell({"result": _plain(outcome)})


def _plain(outcome: Outcome) -> dict[str, Any]:
    return {
        "changed": outcome.changed,
        "values": dict(outcome.values),
        "diff": None if outcome.diff is None else dict(outcome.diff),
        "warnings": list(outcome.warnings),
    }


def _without_empty(params: Mapping[str, Any]) -> dict[str, Any]:
    # Optional answers of an AWX survey arrive as "": everywhere that means unset.
    return {name: None if value == "" else value for name, value in params.items()}


__all__ = ("Job", "Outcome", "Request", "request_of", "run", "within_worker")
