# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other files that ``pg_hba.conf`` and ``pg_ident.conf`` name."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

FILE = "file"
DIRECTORY = "directory"

# Since PostgreSQL 16 a line may include others; a field may name a file of names in every version. See "The pg_hba.conf
# File" in the manual, and next_token() in the server's hba.c.
_INCLUDE = re.compile(r'^(\s*)(include|include_if_exists|include_dir)(\s+)("[^"\n]+"|[^\s"#]+)', re.MULTILINE)
_NAMES = re.compile(r'(?<![^\s,])@("[^"\n]+"|[^\s,"#]+)')
_COMMENT = re.compile(r'^((?:[^"#\n]|"[^"\n]*")*)(#.*)?$', re.MULTILINE)


@dataclass(frozen=True)
class HbaReference:
    """A ``path`` as it is written, to a FILE or a DIRECTORY."""

    kind: str
    path: str


def hba_references(text: str) -> tuple[HbaReference, ...]:
    """What the text names outside of comments.

    >>> [each.path for each in hba_references('include_dir "hba d"\\nhost all @admins,"@me" samenet scram # @no\\n')]
    ['hba d', 'admins']
    """
    return tuple(_references(_COMMENT.sub(lambda match: match.group(1), text)))


def with_absolute_references(text: str, *, base: str) -> str:
    """The text with relative paths made absolute, for a file that is put into another directory than ``base``."""

    def quoted(written: str) -> str:
        return f'"{posixpath.join(base, written.strip(chr(34)))}"'

    def line(match: re.Match[str]) -> str:
        code = _INCLUDE.sub(lambda found: f"{found[1]}{found[2]}{found[3]}{quoted(found[4])}", match.group(1))
        return _NAMES.sub(lambda found: f"@{quoted(found[1])}", code) + (match.group(2) or "")

    return _COMMENT.sub(line, text)


def _references(code: str) -> Iterator[HbaReference]:
    for match in _INCLUDE.finditer(code):
        yield HbaReference(DIRECTORY if match.group(2) == "include_dir" else FILE, match.group(4).strip('"'))
    for match in _NAMES.finditer(code):
        yield HbaReference(FILE, match.group(1).strip('"'))


__all__ = ("DIRECTORY", "FILE", "HbaReference", "hba_references", "with_absolute_references")
