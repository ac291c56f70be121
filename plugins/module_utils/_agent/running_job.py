# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backup that is being taken of a cluster, as ``pgpitr jobs`` shows it."""

from __future__ import annotations

import os
import signal
import sys
import time
from argparse import Namespace

from .._core.catalogue.running_backup import RunningBackup, running_text
from .._core.errors import Refused
from .._io.host.machine import hostname
from .._io.repository.backup_lock import LockHolder, lock_holder
from .._io.repository.running_backup import read_running
from .._io.storage.port import Storage
from .configured_cluster import ConfiguredCluster

_POLL_SECONDS = 1.0


def show_backup(configured: ConfiguredCluster, *, options: Namespace) -> bool:
    """Show it, and follow or stop it; False where none is taken. Raises Refused (``job-not-stoppable``)."""
    storage = configured.folder.storage
    running, holder = read_running(storage), lock_holder(storage)
    if running is None or holder is None:
        return False
    sys.stdout.write(f"{options.cluster}: backup {running_text(running)}; {holder}\n")
    if options.stop:
        _stop(holder, is_dry_run=options.dry_run)
    if options.follow:
        _follow(storage, shown=running)
    return True


def _stop(holder: LockHolder, *, is_dry_run: bool) -> None:
    if not holder.pid or holder.host != hostname():
        raise Refused(
            f"the backup is not taken by a process of this host, which is '{hostname()}': {holder}",
            code="job-not-stoppable",
            hint="Stop it on the host that takes it.",
        )
    sys.stdout.write("would be stopped; nothing is kept of it\n" if is_dry_run else "told to stop\n")
    sys.stdout.flush()
    if not is_dry_run:
        os.kill(holder.pid, signal.SIGTERM)


def _follow(storage: Storage, *, shown: RunningBackup) -> None:
    """Show each change until nobody takes a backup any more."""
    while (running := read_running(storage)) is not None:
        if running != shown and running.label:
            shown = running
            sys.stdout.write(f"backup {running_text(running)}\n")
            sys.stdout.flush()
        time.sleep(_POLL_SECONDS)
    sys.stdout.write("ended\n")


__all__ = ("show_backup",)
