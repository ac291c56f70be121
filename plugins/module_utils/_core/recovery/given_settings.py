# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings that a user wants for the restored server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..errors import InvalidInput

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)*")
_BY_VARIABLES = "Set 'pitr_restore_target_…' and the other variables of the restore instead."
_BY_PLACE = "The restore decides it: where the server's files lie is how it is found again."
_BY_ARCHIVING = "Archiving of the cluster is what the playbook 'archive' sets up."
# What cannot be given, and what to do instead.
_OURS: Mapping[str, str] = {
    "port": "Set 'pitr_restore_port' for a copy; in place the port stays as it is.",
    "restore_command": _BY_VARIABLES,
    **dict.fromkeys(("config_file", "data_directory", "hba_file", "ident_file", "unix_socket_directories"), _BY_PLACE),
    **dict.fromkeys(("include", "include_dir", "include_if_exists"), "Give the settings themselves."),
}
_IN_PLACE: Mapping[str, str] = dict.fromkeys(("archive_mode", "archive_command", "archive_library"), _BY_ARCHIVING)


def read_settings(values: Mapping[Any, Any]) -> dict[str, str]:
    """The settings as text, by their names in lower case.

    Raises InvalidInput (``setting-invalid``) for what is no name, and for a value that is neither text nor number nor
    boolean.
    """
    settings: dict[str, str] = {}
    for name, value in values.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise _invalid(f"'{name}' is no name of a setting", "Give them as a mapping of names to values.")
        if name.lower() in settings:
            raise _invalid(f"'{name}' is given twice", "Names do not differ by upper and lower case.")
        settings[name.lower()] = _text(name, value)
    return settings


def check_given(settings: Mapping[str, str], *, in_place: bool) -> None:
    """Raise InvalidInput (``setting-refused``) for a setting that is the restore's own."""
    for name in settings:
        hint = _OURS.get(name) or (_IN_PLACE.get(name) if in_place else None)
        if hint is None and name.startswith("recovery_target"):
            hint = _BY_VARIABLES
        if hint is not None:
            raise InvalidInput(f"settings has '{name}', which cannot be given", code="setting-refused", hint=hint)


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if not isinstance(value, (str, int, float)):
        raise _invalid(f"the value of '{name}' is neither text nor number nor boolean", "Give lists as one text.")
    if "\0" in str(value):
        raise _invalid(f"the value of '{name}' has a NUL in it", "No setting can have one.")
    return str(value)


def _invalid(what: str, hint: str) -> InvalidInput:
    return InvalidInput(f"settings: {what}", code="setting-invalid", hint=hint)


__all__ = ("check_given", "read_settings")
