# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What root does to configuration files that are its own, so that PostgreSQL's account cannot change them.

Only settings of WAL archiving change. Their values, the archive command among them, are obeyed with the account's
rights.
"""

from __future__ import annotations

import errno
import os
import stat

from ..._core.errors import Refused
from ..._core.postgres.configuration_text import other_lines, value_in
from .account import Account
from .controllers import WalkedPath, controllers_of, walked
from .replace_file import replace_file

_SETTINGS = frozenset(
    {
        "archive_command", "archive_library", "archive_mode", "archive_timeout", "max_wal_senders", "summarize_wal",
        "wal_level", "wal_summary_keep_time",
    }
)  # fmt: skip
_MAX_BYTES = 4 * 1024 * 1024
_MAIN = "postgresql.conf"


def replace_configuration(path: str, text: str, *, account: Account) -> None:
    """Replace root's own file durably, owner and mode kept. Raises OSError, Refused (``configuration-not-trusted``)."""
    with walked(path) as place:
        status = _checked(place)
        _check_cluster(place, account=account)
        present = _read(place)
        if other_lines(present, names=_SETTINGS) != other_lines(text, names=_SETTINGS):
            raise _not_trusted(place.path, "more would change in it than the settings of WAL archiving")
        content = text.encode("utf-8", "surrogateescape")
        replace_file(place, content, mode=stat.S_IMODE(status.st_mode), owner=(status.st_uid, status.st_gid))


def _checked(place: WalkedPath) -> os.stat_result:
    """The status of a file that root alone controls, and that is one of a PostgreSQL configuration."""
    status = place.status
    if status is None or not stat.S_ISREG(status.st_mode) or status.st_uid != 0 or status.st_nlink != 1:
        raise _not_trusted(place.path, "it is no regular file of root's")
    if place.controllers != frozenset({0}):
        raise _not_trusted(place.path, "others can change the directory that it is in")
    if not place.name.endswith(".conf"):
        raise _not_trusted(place.path, "it is no configuration file")
    return status


def _check_cluster(place: WalkedPath, *, account: Account) -> None:
    """Return when the configuration is that of the account's own cluster.

    The account's own links and included files lead to any configuration. Whose it is is told by its main file: the
    account's own in a directory of root's, or root's with a data directory of the account.
    """
    directory = os.path.dirname(place.path)
    candidates = (f"{each}/{_MAIN}" for each in (directory, os.path.dirname(directory)))
    path = next((each for each in candidates if os.path.isfile(each)), None)
    if path is None:
        raise _not_trusted(place.path, f"no '{_MAIN}' lies beside it or above it")
    with walked(path) as main:
        owner = -1 if main.status is None or not stat.S_ISREG(main.status.st_mode) else main.status.st_uid
        writers = controllers_of(main.path)
        if owner == account.uid and writers == {0, account.uid}:
            return
        data_directory = value_in(_read(main), name="data_directory") if owner == 0 and writers == {0} else None
    if data_directory is None or _owner(data_directory) != account.uid:
        raise _not_trusted(place.path, f"'{path}' has no 'data_directory' that belongs to '{account.name}'")


def _owner(path: str) -> int | None:
    try:
        return os.stat(path).st_uid if path.startswith("/") else None
    except OSError:
        return None


def _read(place: WalkedPath) -> str:
    descriptor = os.open(place.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=place.directory)
    with os.fdopen(descriptor, "rb") as stream:
        content = stream.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), place.path)
    return content.decode("utf-8", "surrogateescape")


def _not_trusted(path: str, reason: str) -> Refused:
    return Refused(
        f"root does not write '{path}': {reason}",
        code="configuration-not-trusted",
        hint="Give the file and its directory to the user that PostgreSQL runs as, or to root alone and set"
        " 'data_directory' in postgresql.conf.",
    )


__all__ = ("replace_configuration",)
