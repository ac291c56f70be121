# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A configuration file with those that it includes, as PostgreSQL follows them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from ..._core.postgres.hba_references import with_absolute_references
from ..host.files import list_directory, read_text

# A value needs no quotes where it begins with a letter (guc-file.l, UNQUOTED_STRING).
# The case of the rest is not ignored: that would take 4 ms to compile.
_INCLUDE = re.compile(
    r"\s*((?i:include|include_if_exists|include_dir))\b\s*=?\s*('(?:[^']|'')+'|[A-Za-z_\x80-\udfff][\w.:/\-]*)"
)


def included_files(path: str, *, seen: tuple[str, ...] = ()) -> Iterator[str]:
    """The file, and the files and directories that it includes."""
    yield path
    for kind, name in _directives(read_text(path) or ""):
        if kind == "include_dir":
            # As a whole, so that no file comes back that was removed since the backup.
            yield os.path.join(os.path.dirname(path), name)
        for included in _targets(kind, name, base=os.path.dirname(path)):
            if included not in (*seen, path):
                yield from included_files(included, seen=(*seen, path))


def flattened(path: str) -> str:
    """The text of a configuration file with those that it includes in their places."""
    return "".join(_lines(path, seen=()))


def rules_of(path: str) -> str:
    """The text of ``pg_hba.conf`` or ``pg_ident.conf``, with absolute references."""
    return with_absolute_references(read_text(path) or "", base=os.path.dirname(path))


def _lines(path: str, *, seen: tuple[str, ...]) -> Iterator[str]:
    for line in (read_text(path) or "").splitlines(keepends=True):
        match = _INCLUDE.match(line)
        if match is None:
            yield line if line.endswith("\n") else line + "\n"
            continue
        for included in _targets(*_directive(match), base=os.path.dirname(path)):
            if included not in (*seen, path):
                yield from _lines(included, seen=(*seen, path))


def _directives(text: str) -> list[tuple[str, str]]:
    matches = (_INCLUDE.match(line) for line in text.splitlines())
    return [_directive(match) for match in matches if match is not None]


def _directive(match: re.Match[str]) -> tuple[str, str]:
    kind, value = match.groups()
    return kind.lower(), value[1:-1].replace("''", "'") if value.startswith("'") else value


def _targets(kind: str, name: str, *, base: str) -> list[str]:
    path = os.path.normpath(os.path.join(base, name))
    if kind != "include_dir":
        return [path] if os.path.isfile(path) else []
    # The server reads files whose names end with .conf and do not begin with a dot, in the order of the C locale.
    names = list_directory(path)
    return [f"{path}/{each}" for each in sorted(names) if each.endswith(".conf") and not each.startswith(".")]


__all__ = ("flattened", "included_files", "rules_of")
