# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a data directory says of itself, without any program of PostgreSQL's."""

from __future__ import annotations

import os
import pwd

from ..._core.errors import InvalidInput, Refused
from ..._core.path_text import normal_directory
from ..host.files import read_text

_VERSION_FILE = "PG_VERSION"
_MARKS = (_VERSION_FILE, "global/pg_control")


def is_data_directory(path: str) -> bool:
    """Whether the directory looks like a cluster's, to somebody who may read it."""
    return _missing_mark(path) is None


def check_data_directory(path: str) -> None:
    """Raise InvalidInput when the path is no cluster's data directory, Refused when this user may not look into it."""
    if not os.path.isdir(path):
        raise InvalidInput(
            f"data_directory '{path}' does not exist or is not a directory",
            code="data-directory-missing",
            hint="Set 'pitr_cluster_data_directory' to the cluster's data directory, or leave it unset.",
        )
    if not os.access(path, os.R_OK | os.X_OK, effective_ids=True):
        raise Refused(
            f"data_directory '{path}' cannot be read by the user that runs this",
            code="os-user-mismatch",
            hint="Run with 'become: true' (root), or as the user that owns the data directory.",
        )
    missing = _missing_mark(path)
    if missing is not None:
        raise InvalidInput(
            f"data_directory '{path}' is not a PostgreSQL data directory: it has no file '{missing}'",
            code="data-directory-invalid",
            hint="Name the directory that has PG_VERSION in it, not one above or beside it.",
        )


def owner_of(data_directory: str) -> str:
    """The user that the data directory belongs to. Raises Refused (``os-user-unknown``)."""
    uid = os.stat(data_directory).st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError as error:
        raise Refused(
            f"'{data_directory}' belongs to user id {uid}, which has no name on this host",
            code="os-user-unknown",
            hint="Give the data directory to the user that PostgreSQL runs as, or create that user.",
        ) from error


def major_version_of(data_directory: str) -> int:
    """The major version of PostgreSQL that it was made by. Raises InvalidInput (``data-directory-invalid``)."""
    text = (read_text(f"{data_directory}/{_VERSION_FILE}") or "").strip()
    if not text.isdigit():
        raise InvalidInput(
            f"'{data_directory}/{_VERSION_FILE}' says '{text}', which is no version of PostgreSQL 10 or later",
            code="data-directory-invalid",
            hint="PostgreSQL 14 to 18 are supported.",
        )
    return int(text)


def has_signal_file(data_directory: str) -> bool:
    """Whether the next start will be that of a standby, or of a recovery from the archive."""
    return any(os.path.exists(f"{data_directory}/{name}.signal") for name in ("standby", "recovery"))


def linked_wal_directory(data_directory: str) -> str | None:
    """Where ``pg_wal`` leads, when it is a link."""
    path = f"{data_directory}/pg_wal"
    return os.path.realpath(path) if os.path.islink(path) else None


def linked_tablespaces(data_directory: str) -> dict[int, str]:
    """The locations of the tablespaces, by oid. Those made in place are directories and not links, and left out."""
    folder = f"{data_directory}/pg_tblspc"
    oids = sorted(int(name) for name in os.listdir(folder) if name.isascii() and name.isdigit())
    links = (oid for oid in oids if os.path.islink(f"{folder}/{oid}"))
    return {oid: normal_directory(os.readlink(f"{folder}/{oid}")) for oid in links}


def _missing_mark(path: str) -> str | None:
    return next((name for name in _MARKS if not os.path.isfile(f"{path}/{name}")), None)


__all__ = (
    "check_data_directory",
    "has_signal_file",
    "is_data_directory",
    "linked_tablespaces",
    "linked_wal_directory",
    "major_version_of",
    "owner_of",
)
