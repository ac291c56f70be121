# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quoting of values in systemd's unit files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ..errors import InvalidInput

_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.")
# A file name has 255 bytes; prefix and suffix of the unit are in it.
_NAME_BYTES = 200
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


def unit_path(path: str) -> str:
    """An absolute path as a part of a unit's name, as ``systemd-escape --path`` makes it; a long one is cut.

    >>> unit_path("/var/lib/postgresql/18/main-2")
    'var-lib-postgresql-18-main\\\\x2d2'

    Source: systemd.unit(5), "String escaping for inclusion in unit names".
    """
    parts = [part for part in path.encode("utf-8", "surrogateescape").split(b"/") if part]
    name = "-".join(map(_escaped, parts)) or "-"
    if len(name) <= _NAME_BYTES:
        return name
    digest = hashlib.sha256(name.encode("ascii")).hexdigest()[:16]
    return f"{name[: _NAME_BYTES - len(digest) - 1]}-{digest}"


def _escaped(part: bytes) -> str:
    texts = [chr(each) if chr(each) in _NAME else f"\\x{each:02x}" for each in part]
    if texts and texts[0] == ".":
        texts[0] = "\\x2e"
    return "".join(texts)


__all__ = ("unit_command", "unit_path", "unit_value", "unit_word")
