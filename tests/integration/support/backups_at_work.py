# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backups of the cluster db1 in a repository, and what is at work on one."""

from __future__ import annotations

from pathlib import Path


def backups_in(repository: Path) -> list[str]:
    """The names that could be taken for a backup."""
    return sorted(path.parent.name for path in (repository / "db1" / "backups").glob("*/backup.json"))


def running_pg_basebackup(repository: Path) -> tuple[int, int] | None:
    """The process ids of pg_basebackup and of the process that started it, for this repository; None without one."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                state = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if words[0].endswith(b"/pg_basebackup") and str(repository).encode() in b" ".join(words):
                return int(entry.name), int(state[1])
    return None
