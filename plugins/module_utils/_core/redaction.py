# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text of others for display, such as a server's log, a statement or a command line, with its secrets hidden."""

from __future__ import annotations

import re

_HIDDEN = "********"
# A quoted text with doubled or escaped quotes, or everything up to a blank or the end of a surrounding quote.
_QUOTED = r"'(?:[^'\\]|\\.|'')*'"
_PATTERNS = (
    # libpq's connection strings, environments and settings: password=x, PGPASSWORD='x', AWS_SECRET_ACCESS_KEY=x.
    re.compile(rf"(?i)(\w*(?:password|passphrase|secret|token)\w*\s*=\s*)(?!\s)(?:''(?:[^'])+''|{_QUOTED}|[^\s'\"]+)"),
    # ALTER ROLE … PASSWORD 'x'
    re.compile(rf"(?i)(\bpassword\s+(?:E|U&)?)(?:{_QUOTED}|\$\w*\$.*?\$\w*\$)"),
    # postgresql://user:x@host
    re.compile(r"(\w+://[^\s:/@]*:)[^\s/@]+(?=@)"),
)


def redacted(text: str) -> str:
    """The text with whatever looks like a password hidden.

    >>> redacted("could not connect with host=db password=hunter2 port=5432")
    'could not connect with host=db password=******** port=5432'
    """
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<1>{_HIDDEN}", text)
    return text


__all__ = ("redacted",)
