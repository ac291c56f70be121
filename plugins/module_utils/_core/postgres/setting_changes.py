# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan that changes settings from their present values to the wanted ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..errors import Refused
from .configuration_text import append_value, replace_value
from .seen_settings import FileSetting, ServerSetting
from .setting_value import normal_value
from .settings import POSTMASTER, SETTINGS

COMMAND_LINE_SOURCES = ("command line", "environment variable", "override")
# pg_settings shows this for archive_command while archive_mode is off (src/backend/access/transam/xlog.c).
DISABLED = "(disabled)"
_QUOTED_NAME = re.compile(r'"([A-Za-z_][\w.]*)"')


@dataclass(frozen=True)
class SettingStep:
    """A value to change: ``line_number`` is ``None`` if the setting is appended to the file.

    ``before`` is the value in force, ``after`` the wanted one, both as in ``pg_settings``.
    """

    name: str
    before: str
    after: str
    file: str
    line_number: int | None

    @property
    def context(self) -> str:
        """``postmaster`` or ``sighup``."""
        return SETTINGS[self.name].context


@dataclass(frozen=True)
class SettingPlan:
    """The values to write, then a reload and perhaps a restart.

    ``waiting`` has the settings that need a restart to take the wanted value: name, value in force, wanted value.
    """

    steps: tuple[SettingStep, ...]
    reload: bool
    waiting: tuple[tuple[str, str, str], ...]

    @property
    def restart_required(self) -> bool:
        """Whether the wanted values take effect only after a restart."""
        return bool(self.waiting)


def plan_settings(
    wanted: Mapping[str, str],
    *,
    in_force: Mapping[str, ServerSetting],
    in_files: Sequence[FileSetting],
    main_file: str,
) -> SettingPlan:
    """The plan that configures every wanted value, and what it takes to put it in force.

    A value is changed in the file and line that is effective now, which is the last one read; a setting that is in no
    file is appended to ``main_file``. Raises Refused (``setting-overridden``) if the server's command line sets another
    value, which no file can override.
    """
    steps = []
    waiting = []
    stale = False
    for name, value in wanted.items():
        current = in_force[name]
        _check_not_overridden(current, wanted=value)
        place = effective_line(name, in_files=in_files)
        configured = normal_value(SETTINGS[name], place.value or "") if place else current.default
        if configured != value:
            file, line_number = (place.file, place.line_number) if place else (main_file, None)
            steps.append(SettingStep(name, configured_before(current, place=place), value, file, line_number))
        if current.value in (value, DISABLED):
            continue
        if SETTINGS[name].needs_restart:
            waiting.append((name, current.value, value))
        else:
            stale = True
    return SettingPlan(tuple(steps), bool(steps) or stale, tuple(waiting))


def effective_line(name: str, *, in_files: Iterable[FileSetting]) -> FileSetting | None:
    """The line from which a setting has its value, the last one read of several; ``None`` if it is in no file."""
    found = None
    for line in in_files:
        if line.name is not None and line.name.lower() == name:
            found = line
    return found


def configured_before(current: ServerSetting, *, place: FileSetting | None) -> str:
    """The old value to display: the one in force, or the configured one where the server hides that."""
    if current.value != DISABLED:
        return current.value
    return place.value or "" if place else current.default


def edited_texts(texts: Mapping[str, str], *, steps: Iterable[SettingStep]) -> dict[str, str]:
    """The new texts of the changed files, after all steps; ``texts`` has their present texts."""
    edited: dict[str, str] = {}
    for step in steps:
        text = edited.get(step.file, texts[step.file])
        if step.line_number is None:
            edited[step.file] = append_value(text, name=step.name, value=step.after)
        else:
            edited[step.file] = replace_value(text, line_number=step.line_number, name=step.name, value=step.after)
    return edited


def file_errors(in_files: Iterable[FileSetting], *, in_force: Mapping[str, ServerSetting]) -> tuple[str, ...]:
    """The errors that prevent a reload from applying the files, as text.

    The server reports a changed ``postmaster`` setting as an error as well; those are left out.
    """
    return tuple(
        f"{line.file}:{line.line_number}: {line.name or 'line'}: {line.error}" if line.file else line.error
        for line in in_files
        if line.error and not _waits_for_restart(line, in_force=in_force)
    )


def _waits_for_restart(line: FileSetting, *, in_force: Mapping[str, ServerSetting]) -> bool:
    current = in_force.get((line.name or _removed_name(line)).lower())
    return current is not None and current.context == POSTMASTER


def _removed_name(line: FileSetting) -> str:
    """The setting whose removal from the files is the error; empty for any other error.

    The server keeps the value that it was started with: after a recovery, the target. The name is only in the error's
    text, which is never translated (``ProcessConfigFileInternal`` in src/backend/utils/misc/guc.c).
    """
    named = None if line.file else _QUOTED_NAME.search(line.error or "")
    return named.group(1) if named else ""


def _check_not_overridden(current: ServerSetting, *, wanted: str) -> None:
    if current.source in COMMAND_LINE_SOURCES and current.value != wanted:
        raise Refused(
            f"'{current.name}' is set to '{current.value}' by the server's {current.source}, but '{wanted}' is needed",
            code="setting-overridden",
            hint="Remove it from whatever starts the server (its unit, or options of pg_ctl): no file can override it.",
        )


__all__ = (
    "DISABLED",
    "SettingPlan",
    "SettingStep",
    "edited_texts",
    "effective_line",
    "file_errors",
    "plan_settings",
)
