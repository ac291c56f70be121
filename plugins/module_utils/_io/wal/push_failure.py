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


def note_push_failure(wal_directory: str, name: str, *, error: PitrError | OSError) -> None:
    """Leave why this WAL file could not be stored; what fails in doing so is passed over.

    The file is written over in its place, which needs no room on a disk that is full.
    """
    code, message = (error.code, error.message) if isinstance(error, PitrError) else ("system-error", str(error))
    failure = PushFailure.of(name, code=code, message=message, at_seconds=time.time())
    try:
        descriptor = os.open(f"{wal_directory}/{FILE_NAME}", _FLAGS, 0o600)
        try:
            write_all(descriptor, bytes(failure))
        finally:
            os.close(descriptor)
    except OSError:
        # PostgreSQL is told of the failure itself, and its log has it.
        return


def read_push_failure(wal_directory: str) -> PushFailure | None:
    """The last failure; ``None``: there was none, or it cannot be read."""
    try:
        descriptor = open_regular(f"{wal_directory}/{FILE_NAME}", follow_link=False)
    except (OSError, Damaged):
        return None
    try:
        return PushFailure.parse(os.read(descriptor, SIZE_BYTES))
    finally:
        os.close(descriptor)


__all__ = ("FILE_NAME", "note_push_failure", "read_push_failure")
