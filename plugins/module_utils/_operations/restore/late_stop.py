# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stop that a killed process had asked for."""

from __future__ import annotations

from contextlib import suppress

from ..._core.errors import PitrError
from ..._core.restore.journal import SWAPPING, RestoreJournal
from ..._io.host.runner import Runner
from ..._io.postgres.postmaster import postmaster_pid
from ..._io.postgres.service.service import Service


def end_late_stop(journal: RestoreJournal, *, runner: Runner, timeout_seconds: float) -> None:
    """See the old server stopped, where a killed process may have asked for that; another server is left alone.

    A service manager's job, a ``pg_ctl`` that outlives its parent or a signal that the server has not dealt with yet
    cannot be taken back. A rollback that found the server still running would call it back, and it would stop then.
    What keeps it from stopping is the rollback's to meet.
    """
    if journal.phase != SWAPPING or not journal.in_place or not journal.was_running:
        return
    if postmaster_pid(journal.source.data_directory) == journal.source.postmaster_pid:
        with suppress(PitrError):
            Service(journal.source, runner=runner).stop(timeout_seconds=timeout_seconds)


__all__ = ("end_late_stop",)
