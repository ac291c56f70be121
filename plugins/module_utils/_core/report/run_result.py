# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a playbook's run: one record for each host, the same keys in each, whatever became of it.

Ansible merges what several batches of hosts report key by key and removes none, so a key that one record has and its
successor has not would stay. ``docs/results.md`` describes the form for users.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .run_outcome import ELSEWHERE, REGISTERED, SPREAD, RunOutcome, each_of, outcome_of, value_at

FAILED, NOT_RUN, OK, UNREACHABLE = "failed", "not_run", "ok", "unreachable"
STATUSES = (OK, FAILED, UNREACHABLE, NOT_RUN)
_NOTHING = RunOutcome("")
_POINT_KEYS = ("name", "moment", "spread_ms", "clocks_ms", "coordinated", "written", "lacking", "late", "line")
_HIDDEN = "the reason is hidden, because the task's output is (no_log)"
_OTHERWISE = "stopped by the failure of another host, or by a task that leaves no result"
_LOST = "the host was lost, or the run was ended, before its tasks were through"
_WAITING = "its turn did not come"
_SEE_OUTPUT = "The output has the reason at the last task of this host."


def begun(
    playbook: str, hosts: Sequence[str], *, batch: Sequence[str], before: Any, check_mode: bool
) -> dict[str, Any]:
    """The result before the hosts of a batch are reached, which stays when none of them is left to tell another.

    ``hosts`` are those of the play, in its order; ``before`` is the result of the earlier batches.
    """
    first = next((number for number, host in enumerate(hosts) if host in batch), len(hosts))
    waiting = {
        host: _record(playbook, host, UNREACHABLE, msg=_LOST, hint=_SEE_OUTPUT)
        if host in batch
        else _record(playbook, host, NOT_RUN, msg=_WAITING)
        for host in hosts[first:]
    }
    return _result(playbook, {**_clusters(before), **waiting}, batch=batch, check_mode=check_mode)


def ended(playbook: str, hostvars: Mapping[str, Any], *, left: Sequence[str], before: Any) -> dict[str, Any]:
    """The result once a batch is through; ``left`` are its hosts that neither failed nor were lost."""
    check_mode, batch = bool(value_at(before, "check_mode")), value_at(before, "batch") or left
    records = {
        host: host_record(playbook, host, variables=hostvars[host], left=host in left, check_mode=check_mode)
        for host in batch
    }
    result = _result(playbook, {**_clusters(before), **records}, batch=batch, check_mode=check_mode)
    spreads = [hostvars[host].get(SPREAD) for host in batch] if playbook == "restore_point" else []
    return {**result, "restore_point": next((_point_of(spread) for spread in spreads if spread is not None), None)}


def _point_of(spread: Any) -> dict[str, Any]:
    """As plain data, which Ansible's own lists are not."""
    found = {key: value_at(spread, key) for key in _POINT_KEYS}
    return {key: list(value) if isinstance(value, list) else value for key, value in found.items()}


def host_record(
    playbook: str, host: str, *, variables: Mapping[str, Any], left: bool, check_mode: bool
) -> dict[str, Any]:
    """What became of a host by its variables."""
    results = {name: variables.get(name) for name in REGISTERED[playbook]}
    refusal = value_at(variables.get("pitr_restore_refusals"), host)
    if left and not variables.get("pitr_run_failed"):
        outcome = outcome_of(playbook, results, check_mode=check_mode)
        return _record(playbook, host, OK, outcome=outcome, results=results)
    lost = [result for result in results.values() if value_at(result, "unreachable")]
    status, told = (UNREACHABLE, _bad_item(lost[0], "unreachable")) if lost else (FAILED, _failed_of(results.values()))
    if refusal is not None and not lost:
        # What a guard has found before the host was touched.
        status, told = NOT_RUN if value_at(refusal, "held") else FAILED, refusal
    # What was done before stays done: the backup that was taken, the point that was reached.
    well = {name: result for name, result in results.items() if not _is_bad(result)}
    outcome = replace(outcome_of(playbook, well, check_mode=check_mode), done="")
    return _record(playbook, host, status, outcome=outcome, results=results, **_reason(told))


def _is_bad(result: Any) -> bool:
    return bool(value_at(result, "failed") or value_at(result, "unreachable"))


def _failed_of(results: Iterable[Any]) -> Any:
    """The last result that failed, of those with a code where there are some; ``None`` where none did."""
    failed = [_bad_item(result, "failed") for result in results if value_at(result, "failed")]
    return next((result for result in reversed(failed) if value_at(result, "code")), failed[-1] if failed else None)


def _bad_item(result: Any, sign: str) -> Any:
    """The failure of a task, which may be that of an item of its loop."""
    return next((item for item in each_of(result) if value_at(item, sign)), result)


def _reason(told: Any) -> dict[str, Any]:
    """Why a host failed by the result that did, or without one."""
    if told is None:
        return {"msg": _OTHERWISE, "hint": _SEE_OUTPUT}
    if value_at(told, "run", "hidden"):
        return {"msg": _HIDDEN}
    msg = str(value_at(told, "msg") or "the task failed without a message")
    return {"msg": msg, "code": value_at(told, "code"), "hint": value_at(told, "hint")}


def _record(
    playbook: str,
    host: str,
    status: str,
    *,
    results: Mapping[str, Any] | None = None,
    outcome: RunOutcome = _NOTHING,
    **reason: Any,
) -> dict[str, Any]:
    seen = {name: result for name, result in (results or {}).items() if isinstance(result, Mapping)}
    runs = [value_at(one, "run") for result in seen.values() for one in each_of(result)]
    names = [value_at(run, "cluster") for run in runs]
    seconds = [value_at(run, "seconds") or 0 for run in runs]
    return {
        "playbook": playbook,
        "cluster": next((name for name in names if name), host),
        "status": status,
        "changed": any(bool(result.get("changed")) for name, result in seen.items() if name not in ELSEWHERE),
        "seconds": round(sum(seconds), 1),
        "done": outcome.done,
        "label": outcome.label,
        "window": outcome.window,
        "state": outcome.state,
        "reached": outcome.reached,
        "confirmation": outcome.confirmation,
        **{key: reason.get(key) for key in ("msg", "code", "hint")},
    }


def _clusters(result: Any) -> Mapping[str, Any]:
    return value_at(result, "clusters") or {}


def _result(playbook: str, clusters: Mapping[str, Any], *, batch: Sequence[str], check_mode: bool) -> dict[str, Any]:
    by_status = {
        status: [host for host, record in clusters.items() if record["status"] == status] for status in STATUSES
    }
    return {
        "playbook": playbook,
        "check_mode": check_mode,
        "ok": len(by_status[OK]) == len(clusters),
        "counts": {status: len(hosts) for status, hosts in by_status.items()},
        "not_ok": [host for status in STATUSES if status != OK for host in by_status[status]],
        "batch": list(batch),
        "restore_point": None,
        "clusters": dict(clusters),
    }


__all__ = ("FAILED", "NOT_RUN", "OK", "STATUSES", "UNREACHABLE", "begun", "ended", "host_record")
