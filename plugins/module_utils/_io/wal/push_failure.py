# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file in ``pg_wal`` that has the last failure of ``archive-push``.

It lies where the cluster alone has it, no base backup copies it, and it goes with the cluster. Only a failure writes
it; it counts for as long as the WAL file that it is about waits, so that no success has to remove it.
"""

from __future__ import annotations

import os
import time

from ..._core.archiving.push_failure import SIZE_BYTES, PushFailure
from ..._core.errors import Damaged, PitrError
from ..host.files import open_regular, write_all

FILE_NAME = "pgpitr_push_failure"
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC


def push_failure_path(wal_directory: str, repository: str = "") -> str:
    """The file; that of a ``repository`` which is not required is its own."""
    return f"{wal_directory}/{FILE_NAME}" + (f"-{repository}" if repository else "")


def note_push_failure(wal_directory: str, name: str, *, error: PitrError | OSError, repository: str = "") -> None:
    """Leave why this WAL file could not be stored; what fails in doing so is passed over.

    ``repository`` is the one that is not required and lacks it. The file is written over in its place, which needs no
    room on a disk that is full.
    """
    code, message = (error.code, error.message) if isinstance(error, PitrError) else ("system-error", str(error))
    failure = PushFailure.of(name, code=code, message=message, at_seconds=time.time())
    try:
        descriptor = os.open(push_failure_path(wal_directory, repository), _FLAGS, 0o600)
        try:
            write_all(descriptor, bytes(failure))
        finally:
            os.close(descriptor)
    except OSError:
        # PostgreSQL is told of the failure itself, and its log has it.
        return


def forget_push_failure(wal_directory: str, *, repository: str) -> None:
    """Remove what is noted of a repository that is not required, and has everything now."""
    try:
        os.unlink(push_failure_path(wal_directory, repository))
    except OSError:
        return


def read_push_failure(wal_directory: str, repository: str = "") -> PushFailure | None:
    """The last failure; ``None``: there was none, or it cannot be read."""
    try:
        descriptor = open_regular(push_failure_path(wal_directory, repository), follow_link=False)
    except (OSError, Damaged):
        return None
    try:
        return PushFailure.parse(os.read(descriptor, SIZE_BYTES))
    finally:
        os.close(descriptor)


__all__ = ("FILE_NAME", "forget_push_failure", "note_push_failure", "push_failure_path", "read_push_failure")
