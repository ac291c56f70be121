# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of a running server."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
# Options of the postgres program whose value is the next word.
_WITH_VALUE = frozenset(("-B", "-c", "-d", "-D", "-h", "-k", "-N", "-p", "-S", "-t", "-W"))
_BINARY_UPGRADE = "-b"
_CONNECTIONS = "-N"


def parse_options_file(text: str) -> tuple[str, ...]:
    """The words of ``postmaster.opts``: the program, then its arguments.

    >>> parse_options_file('/usr/lib/postgresql/15/bin/postgres "-D" "/var/lib/a b" "-p" "5433"\\n')
    ('/usr/lib/postgresql/15/bin/postgres', '-D', '/var/lib/a b', '-p', '5433')
    """
    return tuple(quoted or plain for quoted, plain in _WORD.findall(text))


def start_options(arguments: Sequence[str]) -> tuple[str, ...]:
    """The arguments that a later start has to repeat: all but the data directory, which is passed separately.

    Empty if the server was started for pg_upgrade, whose options must not be repeated.
    """
    kept: list[str] = []
    words = list(arguments)
    while words:
        word = words.pop(0)
        if word == _BINARY_UPGRADE:
            return ()
        value = words.pop(0) if word in _WITH_VALUE and words else None
        if word.startswith("-D") or setting_of(word, value=value) == "data_directory":
            continue
        kept += [word] if value is None else [word, value]
    return tuple(kept)


def command_line_settings(arguments: Sequence[str]) -> dict[str, str]:
    """The settings given as ``-c name=value``, ``-cname=value``, ``--name=value`` or ``-N number``."""
    settings = {}
    words = list(arguments)
    while words:
        word = words.pop(0)
        value = words.pop(0) if word in _WITH_VALUE and words else None
        name = setting_of(word, value=value)
        if name:
            settings[name] = _assignment(word, value=value).partition("=")[2]
        elif word == _CONNECTIONS and value is not None:
            settings["max_connections"] = value
    return settings


def setting_of(word: str, *, value: str | None) -> str | None:
    """The name of the setting that a command-line option sets; ``None`` if it sets none by name."""
    name, equals, _unused = _assignment(word, value=value).partition("=")
    return name.replace("-", "_") if equals else None


def _assignment(word: str, *, value: str | None) -> str:
    if word == "-c":
        return value or ""
    if word.startswith("-c"):
        return word[2:]
    return word[2:] if word.startswith("--") else ""


__all__ = ("command_line_settings", "parse_options_file", "setting_of", "start_options")
