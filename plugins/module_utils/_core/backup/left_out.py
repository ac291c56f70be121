# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pg_basebackup leaves out of a backup, and what it fails on.

Source: PostgreSQL, ``src/backend/backup/basebackup.c`` (``sendDir``, ``excludeFiles``, ``excludeDirContents``) and
``src/port/tar.c`` (``tarCreateHeader``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..errors import Refused
from ..repository.layout import MANIFEST_NAME
from ..wording import count_text

LINK = "link"
UNREADABLE = "unreadable"
LONG_NAME = "long name"

# What fits into a header of the tar format that PostgreSQL writes.
NAME_BYTES_MAX = 99
_SHOWN = 5
_TEMPORARY_PREFIX = "pgsql_tmp"
_SKIPPED_FILES = frozenset(
    {
        "backup_label",
        MANIFEST_NAME,
        "current_logfiles.tmp",
        "postgresql.auto.conf.tmp",
        "postmaster.opts",
        "postmaster.pid",
        "tablespace_map",
    }
)
_SKIPPED_PREFIX = "pg_internal.init"
_EMPTIED = frozenset(
    {"pg_dynshmem", "pg_notify", "pg_replslot", "pg_serial", "pg_snapshots", "pg_stat_tmp", "pg_subtrans"}
)
# Without one of these, or with a part of it missing, a cluster does not start or lacks data.
_OF_POSTGRESQL = frozenset(
    {
        *("PG_VERSION", "base", "global", "pg_commit_ts", "pg_logical", "pg_multixact", "pg_stat", "pg_tblspc"),
        *("pg_twophase", "pg_xact"),
    }
)
_WARNED_PATH = re.compile('["\u00bb\u201e\u201c\u00ab]\\./([^"\u00ab\u00bb\u201c\u201d]+)["\u00ab\u201c\u201d\u00bb]')
_MESSAGE = re.compile(r"^([^\s:]+):  ")
_NO_WARNINGS = ("NOTICE", "HINT", "DETAIL", "CONTEXT", "LOG", "INFO", "DEBUG")
_STILL_WAITING = "still waiting for"


@dataclass(frozen=True)
class OddFile:
    """A file, directory or link (``path`` is relative to the data directory) that a backup lacks or fails on.

    ``kind`` is one of the constants above, ``target`` where a link leads.
    """

    path: str
    kind: str
    target: str = ""

    @property
    def is_data(self) -> bool:
        """Whether it is PostgreSQL's own, and not a file that an administrator put into the data directory."""
        return self.path.split("/", 1)[0] in _OF_POSTGRESQL


def is_skipped(name: str) -> bool:
    """Whether the server leaves out whatever has this name, at any depth, because a backup does not need it."""
    return name.startswith((_TEMPORARY_PREFIX, _SKIPPED_PREFIX)) or name in _SKIPPED_FILES


def is_emptied(path: str) -> bool:
    """Whether a directory at this relative path is stored without its contents, even where it is a link.

    >>> is_emptied("pg_wal"), is_emptied("pg_replslot"), is_emptied("base/5")
    (True, True, False)
    """
    return path == "pg_wal" or path.rpartition("/")[2] in _EMPTIED


def is_too_long(path: str) -> bool:
    """Whether a relative path does not fit into the backup's tar format."""
    return len(path.encode("utf-8", "surrogateescape")) > NAME_BYTES_MAX


def check_nothing_is_missing(found: Iterable[OddFile], *, data_directory: str, os_user: str) -> tuple[str, ...]:
    """The links that a backup lacks and that are not PostgreSQL's own, such as those to logs and configuration files.

    Raises Refused for everything else: ``data-left-out``, ``data-unreadable``, ``name-too-long``.
    """
    every = tuple(found)
    _refuse_links([each for each in every if each.kind == LINK and each.is_data], data_directory=data_directory)
    unreadable = [each.path for each in every if each.kind == UNREADABLE]
    if unreadable:
        raise Refused(
            f"in '{data_directory}', {_named(unreadable)} cannot be read by '{os_user}', and a backup fails on it",
            code="data-unreadable",
            hint=f"Give it to '{os_user}', or move it out of the data directory if it is not PostgreSQL's.",
        )
    long = [each.path for each in every if each.kind == LONG_NAME]
    if long:
        raise Refused(
            f"in '{data_directory}', the name or location of {_named(long)} is longer than the {NAME_BYTES_MAX} bytes"
            " that fit into a backup",
            code="name-too-long",
            hint="Shorten it, or move it out of the data directory if it is not PostgreSQL's.",
        )
    return tuple(each.path for each in every if each.kind == LINK)


def warned_paths(warnings: Iterable[str]) -> tuple[str, ...]:
    """What the server's warnings say that it has left out, relative to the data directory.

    >>> warned_paths(['WARNING:  skipping special file "./base/16384"'])
    ('base/16384',)
    """
    found = (_WARNED_PATH.search(line) for line in warnings)
    return tuple(match.group(1) for match in found if match)


def check_warnings(warnings: Sequence[str], *, data_directory: str, sockets: Iterable[str] = ()) -> tuple[str, ...]:
    """What a finished backup has left out by the server's warnings, without the ``sockets`` that are named there.

    Raises Refused (``data-left-out``) where that is data.
    """
    ignored = frozenset(sockets)
    found = [OddFile(path, LINK) for path in warned_paths(warnings) if path not in ignored]
    _refuse_links([each for each in found if each.is_data], data_directory=data_directory)
    return tuple(each.path for each in found)


def left_out_lines(paths: Sequence[str]) -> tuple[str, ...]:
    """What to say of links that a backup lacks: one sentence, or none."""
    if not paths:
        return ()
    return (f"the backup does not have the links {_named(paths)} of the data directory: PostgreSQL leaves them out",)


def kept_lines(paths: Sequence[str]) -> tuple[str, ...]:
    """What to say of what a restore keeps inside the data directory: one sentence, or none."""
    if not paths:
        return ()
    return (
        f"{_named(paths)} was kept by a restore, for a rollback; it is in no backup, and takes its room until then",
    )


def warnings_in(text: str) -> tuple[str, ...]:
    """The warnings among the lines that pg_basebackup wrote, be they its own or the server's, in any language.

    >>> warnings_in('WARNING:  skipping special file "./log"\\nNOTICE:  WAL archiving is not enabled')
    ('WARNING:  skipping special file "./log"',)
    """
    found = []
    for line in text.splitlines():
        match = _MESSAGE.match(line)
        if match and match.group(1) not in _NO_WARNINGS and _STILL_WAITING not in line:
            found.append(line.strip())
    return tuple(found)


def _refuse_links(links: Sequence[OddFile], *, data_directory: str) -> None:
    if not links:
        return
    shown = [f"{each.path} -> {each.target}" if each.target else each.path for each in links]
    raise Refused(
        f"in '{data_directory}', {_named(shown)} is a link or special file, which PostgreSQL leaves out of backups: the"
        " restored cluster would lack that data",
        code="data-left-out",
        hint="Stop the server and move what it leads to back into its place, or into a tablespace, which a backup has.",
    )


def _named(names: Sequence[str]) -> str:
    shown = "; ".join(f"'{name}'" for name in names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {count_text(len(names) - _SHOWN, 'more file')}"


__all__ = (
    "LINK",
    "LONG_NAME",
    "UNREADABLE",
    "OddFile",
    "check_nothing_is_missing",
    "check_warnings",
    "is_emptied",
    "is_skipped",
    "is_too_long",
    "kept_lines",
    "left_out_lines",
    "warned_paths",
    "warnings_in",
)
