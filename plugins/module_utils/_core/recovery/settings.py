# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recovery settings in the text of ``postgresql.auto.conf``: put in for a recovery, and taken out again."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping

from ..postgres.configuration_text import quote_guc
from ..target.recovery_target import RecoveryTarget

# Everything that decides where a recovery stops; stale ones must not survive beside the one that is meant.
TARGET_SETTINGS = (
    "recovery_target",
    "recovery_target_lsn",
    "recovery_target_name",
    "recovery_target_time",
    "recovery_target_xid",
)
_TARGET_DETAILS = ("recovery_target_inclusive", "recovery_target_timeline", "recovery_target_action")
# What a former standby may still have set and that would change or spoil a recovery: a delay, and commands that could
# remove WAL from the archive. Values are PostgreSQL's defaults. The third is the first version without the setting.
_NEUTRALISED = (
    ("archive_cleanup_command", "", None),
    ("recovery_end_command", "", None),
    ("recovery_min_apply_delay", "0", None),
    ("promote_trigger_file", "", 16),
)
_LINE = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_.]*)\s*=?\s*(.*?)\s*\n?")


def staged_settings(
    target: RecoveryTarget,
    *,
    timeline: int,
    action: str,
    restore_command: str,
    version: int,
    elsewhere: Container[str] = (),
    raised: Mapping[str, int] | None = None,
) -> dict[str, str]:
    """Every setting of one recovery, in the order in which they must be written, with what is ``raised`` for it.

    ``elsewhere`` are names that other configuration files set: targets there are overridden by empty ones. Those
    come before the real one, as PostgreSQL refuses a target, even an empty one, after another was set
    (``assign_recovery_target*`` in its ``guc.c``/``xlogrecovery.c``). Empty ones without need would only be reported as
    waiting for a restart when they are taken out again.
    """
    chosen = target.settings()
    settings = {name: "" for name in TARGET_SETTINGS if name not in chosen and name in elsewhere}
    settings.update({name: value for name, value, until in _NEUTRALISED if until is None or version < until})
    settings.update({name: str(value) for name, value in (raised or {}).items()})
    settings["restore_command"] = restore_command
    settings["recovery_target_timeline"] = str(timeline)
    settings["recovery_target_action"] = action
    settings.update(chosen)
    return settings


def copy_settings(*, port: int) -> dict[str, str]:
    """What a copy beside its source has of its own: whoever looks at processes and logs must not take it for that."""
    return {"port": str(port), "cluster_name": ""}


def with_settings(text: str, settings: Mapping[str, str]) -> str:
    """The configuration text with these settings at its end, and nowhere else."""
    lines = [f"{name} = {quote_guc(value)}\n" for name, value in settings.items()]
    return without_settings(text, settings) + "".join(lines)


def without_settings(text: str, names: Iterable[str]) -> str:
    """The configuration text without the lines of these settings.

    >>> without_settings("a = '1'\\nrestore_command = 'x'\\n", ("restore_command",))
    "a = '1'\\n"
    """
    unwanted = {name.lower() for name in names}
    kept = [line for line in text.splitlines(keepends=True) if _name(line) not in unwanted]
    if kept and not kept[-1].endswith("\n"):
        kept[-1] += "\n"
    return "".join(kept)


def without_recovery(text: str) -> str:
    """The configuration text without anything that belongs to a recovery."""
    return without_settings(text, (*TARGET_SETTINGS, *_TARGET_DETAILS, "restore_command"))


def after_recovery(text: str, *, staged: Mapping[str, str], before: str) -> str:
    """The text once the recovery is over: staged settings out, and what stood there ``before`` in again.

    Old recovery targets do not come back: they would spoil the next recovery.
    """
    return without_settings(text, staged) + returning_settings(before, staged=staged)


def returning_settings(before: str, *, staged: Mapping[str, str]) -> str:
    """The lines of the text ``before`` a recovery that come back after it.

    Nothing else of the file needs to be kept: it may hold passwords.

    >>> returning_settings("jit = 'off'\\nrestore_command = 'x'\\n", staged={"restore_command": "y"})
    "restore_command = 'x'\\n"
    """
    earlier = without_settings(before, (*TARGET_SETTINGS, *_TARGET_DETAILS))
    return "".join(line for line in earlier.splitlines(keepends=True) if _name(line) in staged)


def names_set_in(text: str) -> frozenset[str]:
    """The settings that the configuration text sets, in lower case."""
    return frozenset(name for line in text.splitlines() for name in (_name(line),) if name is not None)


def _name(line: str) -> str | None:
    match = _LINE.match(line)
    return match.group(1).lower() if match else None


__all__ = (
    "TARGET_SETTINGS",
    "after_recovery",
    "copy_settings",
    "names_set_in",
    "returning_settings",
    "staged_settings",
    "with_settings",
    "without_recovery",
    "without_settings",
)
