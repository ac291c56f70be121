# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What killed test runs left behind: their servers still run, and their scratch directories fill the disk."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

from support.places import scratch_base

OWNER_FILE = ".owner"
PREFIX = "pitr-"


def mark_as_ours(directory: Path) -> None:
    """Note which process a scratch directory belongs to."""
    (directory / OWNER_FILE).write_text(_identity(os.getpid()), encoding="ascii")


def remove_orphans() -> None:
    """Stop the servers and remove the directories of test processes that are gone; only the caller's own ones."""
    for mark in scratch_base().glob(f"{PREFIX}*/{OWNER_FILE}"):
        identity = mark.read_text(encoding="ascii")
        if mark.stat().st_uid != os.geteuid() or _identity(int(identity.split()[0])) == identity:
            continue
        _stop_servers_below(mark.parent)
        shutil.rmtree(mark.parent, ignore_errors=True)


def _identity(pid: int) -> str:
    """A process's number and start: another process that got the same number later is another one."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return f"{pid} {fields[19]}"


def _stop_servers_below(directory: Path) -> None:
    for pid_file in directory.rglob("postmaster.pid"):
        lines = pid_file.read_text(encoding="utf-8", errors="replace").splitlines()
        if len(lines) > 1 and lines[0].isdigit() and Path(lines[1]).parent.exists():
            _stop(int(lines[0]), directory=directory)


def _stop(pid: int, *, directory: Path) -> None:
    """End a server at once, if the process is one that works in this directory."""
    try:
        works_here = directory.resolve() in Path(f"/proc/{pid}/cwd").resolve().parents
        if works_here:
            os.kill(pid, signal.SIGQUIT)
            time.sleep(0.2)
    except OSError:
        return
