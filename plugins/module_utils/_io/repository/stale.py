# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What backups and retentions that were killed have left in the repository."""

from __future__ import annotations

import os
import shutil

TEMPORARY_PREFIX = ".tmp-"
EXPIRED_PREFIX = ".expired-"


def temporary_directory(backups_directory: str, *, label: str) -> str:
    """Where the backup of this label is written until it is whole."""
    return os.path.join(backups_directory, TEMPORARY_PREFIX + label)


def expired_directory(backups_directory: str, *, label: str) -> str:
    """Where the backup of this label lies while it is removed."""
    return os.path.join(backups_directory, EXPIRED_PREFIX + label)


def find_stale(backups_directory: str) -> tuple[str, ...]:
    """The directories of unfinished backups and removals. They are rubbish only while nobody is at work there."""
    try:
        names = os.listdir(backups_directory)
    except FileNotFoundError:
        return ()
    prefixes = (TEMPORARY_PREFIX, EXPIRED_PREFIX)
    return tuple(os.path.join(backups_directory, name) for name in sorted(names) if name.startswith(prefixes))


def remove_leftovers(backups_directory: str) -> None:
    """Remove them, as far as that is possible. Call it with the backup lock held."""
    for path in find_stale(backups_directory):
        remove_stale_files(path)


def remove_stale_files(path: str) -> bool:
    """Remove a directory of which nothing is told any more; whether it is gone.

    Something may stay, such as a file on NFS that somebody has open (``.nfs…``). That is no reason to take no backup.
    """
    shutil.rmtree(path, ignore_errors=True)
    return not os.path.lexists(path)


__all__ = ("expired_directory", "find_stale", "remove_leftovers", "remove_stale_files", "temporary_directory")
