# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is off in a copy, so that it acts on nobody: not on the cluster that it is of, nor on any other server."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from ..errors import Refused
from ..path_text import is_within
from ..postgres.settings import settings_in
from .preloaded_libraries import SETTING, acting_in, is_left_out, unknown_in, without_acting

# Off in every copy. What of it a version does not have is left out.
_OFF: Mapping[str, str] = {
    # It has the system identifier of its source, and must never archive into its place.
    "archive_mode": "off",
    "archive_command": "",
    "archive_library": "",
    "archive_cleanup_command": "",
    "recovery_end_command": "",
    # A subscription takes over the replication slot of its original at the publisher.
    "max_logical_replication_workers": "0",
    # No standby of the source's follows a copy: its commits would wait for ever.
    "synchronous_standby_names": "",
    "synchronized_standby_slots": "",
    "sync_replication_slots": "off",
    "primary_conninfo": "",
    "primary_slot_name": "",
    "promote_trigger_file": "",
    "bonjour": "off",
    "external_pid_file": "",
}
# Directories that the server writes to, with the place inside the data directory that PostgreSQL has for each.
_DIRECTORIES: Mapping[str, str] = {"log_directory": "log", "stats_temp_directory": "pg_stat_tmp"}
_TLS_COMMAND = "ssl_passphrase_command"

DECIDING_SETTINGS = (SETTING, *_DIRECTORIES, _TLS_COMMAND)
"""The settings whose values decide what else a copy needs."""


def silenced_settings(configured: Mapping[str, str], *, version: int, directory: str) -> dict[str, str]:
    """The settings that keep a copy in this directory from acting on anybody.

    ``configured`` are the values of the deciding settings that it would have.
    """
    known = settings_in(version)
    silenced = {name: value for name, value in _OFF.items() if name in known}
    for name, inside in _DIRECTORIES.items():
        if name in configured and not _is_inside(configured[name], directory):
            silenced[name] = inside
    libraries = configured.get(SETTING, "")
    if any(map(is_left_out, acting_in(libraries))):
        silenced[SETTING] = without_acting(libraries)
    for library in acting_in(libraries).values():
        silenced.update(library.settings)
    return silenced


def check_silent(configured: Mapping[str, str], *, given: Mapping[str, str]) -> None:
    """Raise Refused (``copy-not-silent``) for a library that acts, and that nothing but a decision can keep off.

    ``given`` are the settings that the user wants: whoever sets the list of libraries has decided.
    """
    if SETTING in given:
        return
    found = next(((name, one) for name, one in acting_in(configured.get(SETTING, "")).items() if one.needed), None)
    if found is not None:
        name, library = found
        raise Refused(
            f"{SETTING} has '{name}', which {library.acts}, also from a copy; it is not left out, as {library.needed}",
            code="copy-not-silent",
            hint=f"Decide by '{SETTING}' in 'pitr_restore_settings': the copy loads what you list there.",
        )


def silence_notes(configured: Mapping[str, str], *, given: Mapping[str, str]) -> Iterator[str]:
    """What a reader of the plan has to know of a copy's libraries and commands."""
    value = given.get(SETTING, configured.get(SETTING, ""))
    for name, library in acting_in(value).items():
        if SETTING in given and is_left_out(name):
            yield f"the copy loads '{name}', as pitr_restore_settings wants: it {library.acts}"
        elif is_left_out(name):
            yield f"the copy does not load '{name}', which {library.acts}"
    unknown = unknown_in(value)
    if unknown:
        names = ", ".join(f"'{name}'" for name in unknown)
        yield f"the copy loads {names}: whether that acts on other servers is not known here"
    if configured.get(_TLS_COMMAND):
        yield f"the copy runs the cluster's {_TLS_COMMAND} when it starts"


def _is_inside(path: str, directory: str) -> bool:
    return is_within(posixpath.normpath(posixpath.join(directory, path)), directory)


__all__ = ("DECIDING_SETTINGS", "check_silent", "silence_notes", "silenced_settings")
