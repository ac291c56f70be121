# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a killed run leaves: hosts that still run, and podman's notes about a mount namespace that is gone.

podman takes such notes for the truth and then refuses every command ("joining network namespace …"). Without its
runtime folders it does what it does after a reboot: every container counts as ended, and can be removed.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

from .place import Place

__all__ = ["clear_leftovers"]

RUNTIME_FOLDERS = ("containers", "libpod")
MONITOR = "conmon"


def clear_leftovers(place: Place) -> None:
    """Ends hosts that nobody can reach any more, and forgets podman's runtime state."""
    for monitor in monitors(place.state):
        for pid in (*children_of(monitor), monitor):
            end(pid)
    for name in RUNTIME_FOLDERS:
        shutil.rmtree(place.state / name, ignore_errors=True)


def monitors(state: Path) -> list[int]:
    """The processes that watch over the hosts of this very state folder."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _is_ours(entry, state)]


def _is_ours(entry: Path, state: Path) -> bool:
    try:
        argv = (entry / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return Path(os.fsdecode(argv[0])).name == MONITOR and any(
        os.fsdecode(word).startswith(f"{state}/") for word in argv
    )


def children_of(pid: int) -> list[int]:
    """The processes that it started: a host's first one."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(word) for word in text.split()]


def end(pid: int) -> None:
    """Kills the process and waits a moment until it is gone; with a host's first process all of its others go."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    for _unused in range(50):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.1)
