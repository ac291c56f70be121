# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the results of a playbook's tasks say of one cluster: what was done, and where it stands now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..wording import count_text, size_text

_INSTALLED = (
    "pitr_repository_package_names",
    "pitr_repository_found",
    "pitr_repository_packages_installed",
    "pitr_repository_key",
    "pitr_repository_owner",
    "pitr_repository_key_directories",
    "pitr_repository_directory",
    "pitr_repository_program",
    "pitr_repository_key_let_in",
    "pitr_repository_host_key",
    "pitr_repository_key_pinned",
    "pitr_repository_agent",
)
# Not registered but set. They come first: a module that failed has more to say of its host.
HOOK_FAILURE = "pitr_cluster_hook_failure"
AGREED, SPREAD = "pitr_archiving_restore_point_agreed", "pitr_archiving_restore_point_spread"
SET = frozenset({HOOK_FAILURE, AGREED, SPREAD})
# The variables that playbooks and roles register or set, in the order of their tasks.
REGISTERED: Mapping[str, tuple[str, ...]] = {
    "admit": ("pitr_restore_facts", *_INSTALLED),
    "archive": ("pitr_run_facts", *_INSTALLED, "pitr_archiving_result"),
    "backup": (
        HOOK_FAILURE,
        "pitr_backup_result",
        "pitr_backup_expire_result",
        "pitr_backup_expire_results",
        "pitr_backup_timers_result",
    ),
    "expire": ("pitr_backup_expire_result", "pitr_backup_expire_results"),
    "report": ("pitr_report_archiving", "pitr_report_backups", "pitr_report_written"),
    "restore": (
        HOOK_FAILURE,
        "pitr_restore_facts",
        *_INSTALLED,
        "pitr_restore_plan",
        "pitr_restore_configuration_directory",
        "pitr_restore_staged",
        "pitr_restore_recovery",
        "pitr_restore_put_back",
        "pitr_restore_told",
        "pitr_restore_writers",
        "pitr_restore_keys_withdrawn",
        "pitr_restore_backed_up",
    ),
    "restore_point": (
        AGREED,
        SPREAD,
        HOOK_FAILURE,
        "pitr_archiving_restore_point_check",
        "pitr_archiving_restore_point",
        "pitr_archiving_restore_point_archived",
    ),
    "rollback": ("pitr_restore_rehearsed", "pitr_restore_rolled_back"),
    "stream": ("pitr_streaming_made", "pitr_streaming_receiver", "pitr_streaming_result"),
    "timers": ("pitr_backup_timers_result",),
    "verify": ("pitr_backup_verification", "pitr_backup_verifications"),
}
# Those of tasks on the controller that one host does for all: they change none.
ELSEWHERE = frozenset({"pitr_report_written"})


@dataclass(frozen=True)
class RunOutcome:
    """What was done for a cluster, in one line, and the facts in it; ``None`` where a playbook has no such fact."""

    done: str
    label: str | None = None
    window: Mapping[str, Any] | None = None
    state: str | None = None
    reached: Mapping[str, Any] | None = None
    confirmation: str | None = None


def outcome_of(playbook: str, results: Mapping[str, Any], *, check_mode: bool) -> RunOutcome:
    """The outcome of a playbook by its registered results, in which anything may be missing."""
    return _OUTCOMES[playbook](results, check_mode)


def value_at(value: Any, *keys: str) -> Any:
    """The value under keys inside one another; ``None`` where one is missing.

    >>> value_at({"backup": {"label": "a"}}, "backup", "label"), value_at({"backup": None}, "backup", "label")
    ('a', None)
    """
    for key in keys:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def each_of(result: Any) -> Sequence[Any]:
    """A task's result, or those of the items of its loop.

    >>> each_of({"text": "a"}), each_of({"results": [{"text": "a"}, {"text": "b"}]}), each_of(None)
    ([{'text': 'a'}], [{'text': 'a'}, {'text': 'b'}], [])
    """
    if result is None:
        return []
    items = value_at(result, "results")
    return items if isinstance(items, list) else [result]


def _admitted(results: Mapping[str, Any], check_mode: bool) -> RunOutcome:
    return RunOutcome("would be admitted to the repository" if check_mode else "can reach the repository")


def _archived(results: Mapping[str, Any], check_mode: bool) -> RunOutcome:
    result = results.get("pitr_archiving_result")
    settings = value_at(result, "settings") or ()
    changed = f"{count_text(len(settings), 'setting')} {'would change' if check_mode else 'changed'}"
    restarted = ", restarted" if value_at(result, "restarted") else ""
    return RunOutcome(f"{changed if settings else 'nothing to change'}{restarted}; {_proof(result)}")


def _proof(result: Any) -> str:
    reason, segment = value_at(result, "proof", "reason"), value_at(result, "proof", "segment")
    if not value_at(result, "proof", "proven"):
        return f"archiving not proven ({reason or 'unknown'})"
    return "archiving proven before" if reason else f"archiving proven by {segment}"


def _backed_up(results: Mapping[str, Any], check_mode: bool) -> RunOutcome:
    taken, expired = results.get("pitr_backup_result"), _expirations(results)
    parts = [value_at(taken, "line") or "no backup", _removed(expired, check_mode)]
    return RunOutcome(
        "; ".join(part for part in parts if part),
        label=value_at(taken, "backup", "label"),
        window=_kept_window(expired),
    )


def _expired(results: Mapping[str, Any], check_mode: bool) -> RunOutcome:
    expired = _expirations(results)
    return RunOutcome(_removed(expired, check_mode) or "nothing to remove", window=_kept_window(expired))


def _expirations(results: Mapping[str, Any]) -> list[Any]:
    """What retention did, in each repository."""
    found = [one for name in REGISTERED["expire"] for one in each_of(results.get(name))]
    return [one for result in found for one in value_at(result, "repositories") or [result]]


def _removed(expired: Sequence[Any], check_mode: bool) -> str:
    """How much retention removed; empty when nothing."""
    freed = sum(value_at(one, "freed_bytes") or 0 for one in expired)
    removed = sum(len(value_at(one, "removed") or ()) for one in expired)
    if not freed and not removed:
        return ""
    return f"{count_text(removed, 'backup')} and {size_text(freed)} {'would go' if check_mode else 'removed'}"


def _kept_window(expired: Sequence[Any]) -> Mapping[str, Any] | None:
    """That of the first repository that has one."""
    since = next(filter(None, (value_at(one, "window", "since") for one in expired)), None)
    return None if since is None else {"from": since, "to": None}


def _verified(results: Mapping[str, Any], check_mode: bool) -> RunOutcome:
    read = [one for name in REGISTERED["verify"] for one in each_of(results.get(name))]
    lines = [line for one in read for line in str(value_at(one, "text") or "").splitlines()]
    # The other lines tell the details of one repository.
    return RunOutcome("; ".join(line for line in lines if line[:1].strip()) or "nothing to verify")


def _streamed(results: Mapping[str, Any], check_mode: bool) -> RunOutcome:
    made, proven = results.get("pitr_streaming_made"), results.get("pitr_streaming_result")
    slot = value_at(made, "slot")
    if value_at(made, "standby"):
        return RunOutcome("a standby, of which nothing is streamed")
    if slot is None:
        return RunOutcome("would be streamed no more" if check_mode else "streamed no more")
    if check_mode:
        return RunOutcome(f"would be streamed by slot '{slot}'")
    return RunOutcome(value_at(proven, "line") or f"slot '{slot}' is there; whether anybody streams is not known")


def _timed(results: Mapping[str, Any], check_mode: bool) -> RunOutcome:
    timers = value_at(results.get("pitr_backup_timers_result"), "timers") or ()
    return RunOutcome(count_text(len(timers), "timer"))


def _reported(results: Mapping[str, Any], check_mode: bool) -> RunOutcome:
    clusters: Sequence[Any] = value_at(results.get("pitr_report_backups"), "clusters") or ({},)
    summary = value_at(clusters[0], "summary")
    first, last = value_at(summary, "recoverable_from"), value_at(summary, "recoverable_to")
    archiving = value_at(results.get("pitr_report_archiving"), "attention") or ()
    attention = len(value_at(clusters[0], "attention") or ()) + len(archiving)
    done = f"recoverable {first} to {last or 'an unknown moment'}" if first else "nothing can be recovered"
    return RunOutcome(
        done + (f"; {count_text(attention, 'warning')}" if attention else ""),
        label=value_at(summary, "newest_backup"),
        window={"from": first, "to": last} if first else None,
    )


def _restored(results: Mapping[str, Any], check_mode: bool) -> RunOutcome:
    plan, recovery = results.get("pitr_restore_plan"), results.get("pitr_restore_recovery")
    state, reached = value_at(recovery, "state"), value_at(recovery, "reached")
    return RunOutcome(
        _recovered(state, reached, recovery) if state else _planned(plan),
        label=value_at(results.get("pitr_restore_backed_up"), "backup", "label") or value_at(plan, "plan", "backup"),
        state=state,
        reached=_point(reached),
        confirmation=value_at(plan, "confirmation"),
    )


def _planned(plan: Any) -> str:
    if value_at(plan, "already"):
        return "was restored to this target before"
    backup, stop = value_at(plan, "plan", "backup"), value_at(plan, "plan", "stop_lsn")
    return f"planned: from {backup}" + (f" to {stop}" if stop else "")


def _recovered(state: str, reached: Any, recovery: Any) -> str:
    at = f" at {value_at(reached, 'lsn')}" if value_at(reached, "lsn") else ""
    timeline = value_at(recovery, "new_timeline")
    return f"{state}{at}" + (f", now on timeline {timeline}" if timeline else "")


def _point(found: Any) -> Mapping[str, Any] | None:
    if value_at(found, "lsn") is None:
        return None
    return {key: value_at(found, key) for key in ("lsn", "time", "timeline")}


def _rolled_back(results: Mapping[str, Any], check_mode: bool) -> RunOutcome:
    rehearsed, result = results.get("pitr_restore_rehearsed"), results.get("pitr_restore_rolled_back")
    if result is None and value_at(rehearsed, "restore"):
        return RunOutcome("would be rolled back", confirmation=value_at(rehearsed, "confirmation"))
    if not value_at(result, "changed"):
        return RunOutcome("nothing to roll back")
    running = "running" if value_at(result, "running") else "not running"
    timeline = value_at(result, "new_timeline")
    place = f", on timeline {timeline}" if timeline else ""
    return RunOutcome(f"rolled back, {running}{place}", state="rolled_back")


def _named(results: Mapping[str, Any], check_mode: bool) -> RunOutcome:
    looked, result = (results.get(f"pitr_archiving_restore_point{step}") for step in ("_check", ""))
    if value_at(looked, "passed_over"):
        return RunOutcome("a standby, which gets it with the WAL")
    name, lsn = value_at(result, "restore_point_name"), value_at(result, "lsn")
    if lsn:
        return RunOutcome(f"'{name}' at {lsn}", label=name, reached=_point(result))
    name = value_at(looked, "restore_point_name")
    return RunOutcome(f"'{name}' would be made", label=name if check_mode else None)


_OUTCOMES: Mapping[str, Callable[[Mapping[str, Any], bool], RunOutcome]] = {
    "admit": _admitted,
    "archive": _archived,
    "backup": _backed_up,
    "expire": _expired,
    "report": _reported,
    "restore": _restored,
    "restore_point": _named,
    "rollback": _rolled_back,
    "stream": _streamed,
    "timers": _timed,
    "verify": _verified,
}


__all__ = (
    "AGREED",
    "ELSEWHERE",
    "HOOK_FAILURE",
    "REGISTERED",
    "SET",
    "SPREAD",
    "RunOutcome",
    "each_of",
    "outcome_of",
    "value_at",
)
