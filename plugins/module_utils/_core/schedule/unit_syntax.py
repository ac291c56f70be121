# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quoting of values in systemd's unit files."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import InvalidInput

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+=:,@")


def unit_value(text: str) -> str:
    """A user or unit as the value of a setting that does not support quoting.

    Source: systemd.unit(5), "Specifiers". Raises InvalidInput (``unit-text-invalid``) for text that a unit file can't
    contain.
    """
    if text.isprintable():
        return text.replace("%", "%%")
    raise InvalidInput(
        f"{text!r} can't be written in a unit file of systemd: it has a control character, or is not UTF-8",
        code="unit-text-invalid",
        hint="Use another path or name, such as that of a symbolic link.",
    )


def unit_word(text: str) -> str:
    """A path as one word of a setting.

    >>> unit_word("/srv/a b/100%")
    '"/srv/a b/100%%"'

    Source: systemd.syntax(7), "Quoting". Raises InvalidInput (``unit-text-invalid``).
    """
    value = unit_value(text)
    if value and _PLAIN.issuperset(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def unit_command(words: Sequence[str]) -> str:
    """A command line for ``ExecStart``, with dollar signs escaped, because they would begin a variable's name.

    >>> unit_command(["/usr/local/bin/pgpitr", "info", "--cluster", "db1"])
    '/usr/local/bin/pgpitr info --cluster db1'

    Source: systemd.service(5), "Command lines". Variables are not expanded in the program's own path. Raises
    InvalidInput (``unit-text-invalid``).
    """
    program, *arguments = [unit_word(word) for word in words]
    return " ".join([program, *(argument.replace("$", "$$") for argument in arguments)])


__all__ = ("unit_command", "unit_value", "unit_word")
