# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster's settings have to be for its WAL to be archived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import Refused
from ..postgres.seen_settings import FileSetting, ServerSetting
from ..postgres.setting_changes import DISABLED, effective_line
from ..postgres.setting_value import normal_value
from ..postgres.settings import SETTINGS, settings_in
from .other_name import archived_name
from .request import ArchiveRequest

_ACTIVE_MODES = ("on", "always")
# Settings that may already be more than what is asked.
_GROWING = ("wal_level", "archive_mode", "max_wal_senders", "summarize_wal", "wal_summary_keep_time")
_RANKED = {
    "wal_level": ("minimal", "replica", "logical"),
    "archive_mode": ("off", "on", "always"),
    "summarize_wal": ("off", "on"),
}
_FOREVER = 2**31
_DAY_MINUTES = 24 * 60


def wanted_settings(
    request: ArchiveRequest, *, version: int, in_force: Mapping[str, ServerSetting], in_files: Sequence[FileSetting]
) -> dict[str, str]:
    """The wanted value of every setting that concerns archiving, in the form of ``pg_settings``.

    What already does more than is asked stays: ``archive_mode=always``, ``wal_level=logical``, more WAL senders, WAL
    summaries that are kept for longer.
    Raises Refused: ``archive-library-set``, ``archive-command-foreign``.
    """
    check_nothing_else_archives(request, in_force=in_force)
    value = {name: _configured(name, in_force=in_force, in_files=in_files) for name in _GROWING}
    wanted = {
        "wal_level": "logical" if value["wal_level"] == "logical" else request.wal_level,
        "archive_mode": value["archive_mode"] if value["archive_mode"] in _ACTIVE_MODES else "on",
        "archive_command": request.archive_command,
        "archive_timeout": str(request.archive_timeout_seconds),
        "max_wal_senders": str(max(request.max_wal_senders, int(value["max_wal_senders"]))),
        "summarize_wal": "on" if request.summarize_wal else value["summarize_wal"],
        "wal_summary_keep_time": _keep_minutes(request, configured=value["wal_summary_keep_time"]),
    }
    return {name: wanted[name] for name in wanted if name in settings_in(version)}


def check_nothing_else_archives(request: ArchiveRequest, *, in_force: Mapping[str, ServerSetting]) -> None:
    """Raise Refused when another tool archives this cluster now."""
    library = in_force["archive_library"].value if "archive_library" in in_force else ""
    if library:
        raise Refused(
            f"archive_library is '{library}', and PostgreSQL refuses both a library and a command",
            code="archive-library-set",
            hint="Decide which one archives: to move to this collection, run ALTER SYSTEM RESET archive_library (or"
            " take it out of its file) and reload, then run again.",
        )
    command = in_force["archive_command"].value
    if command in ("", DISABLED) or is_ours(command) or request.replace_archive_command:
        return
    raise Refused(
        f"archive_command is '{command}', which is not this collection's",
        code="archive-command-foreign",
        hint="Its archive would end without a warning: set 'pitr_archiving_replace_command: true' if you want that.",
    )


def is_ours(command: str) -> bool:
    """Whether an archive_command calls the collection's program, wherever it lies and for whichever name."""
    return archived_name(command) is not None


def archiving_is_active(in_force: Mapping[str, ServerSetting]) -> bool:
    """Whether the running server archives at all (``archive_mode`` takes effect at a start)."""
    return in_force["archive_mode"].value in _ACTIVE_MODES


def _keep_minutes(request: ArchiveRequest, *, configured: str) -> str:
    """What ``wal_summary_keep_time`` has to be; 0 keeps the summaries forever, which is more than anything else."""
    wanted = request.wal_summary_keep_days * _DAY_MINUTES
    keeps_more = configured == "0" or (wanted != 0 and configured.isdigit() and int(configured) > wanted)
    return configured if keeps_more or not request.summarize_wal else str(wanted)


def _configured(name: str, *, in_force: Mapping[str, ServerSetting], in_files: Sequence[FileSetting]) -> str:
    """The value of the files; where none has one, that in force or the next start's, whichever does more."""
    if name not in in_force:
        return ""
    place = effective_line(name, in_files=in_files)
    if place is not None:
        return normal_value(SETTINGS[name], place.value or "")
    return max(in_force[name].value, in_force[name].default, key=lambda value: _strength(name, value))


def _strength(name: str, value: str) -> int:
    """By how much a setting's value does more than another: WAL summaries are kept forever with 0."""
    if name in _RANKED:
        return _RANKED[name].index(value) if value in _RANKED[name] else -1
    if not value.isdigit():
        return -1
    return _FOREVER if name == "wal_summary_keep_time" and value == "0" else int(value)


__all__ = ("archiving_is_active", "check_nothing_else_archives", "is_ours", "wanted_settings")
