# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL's programs with one of them replaced."""

from __future__ import annotations

from pathlib import Path

from support.cluster import Cluster
from support.workbench import Workbench


def with_pg_basebackup(workbench: Workbench, cluster: Cluster, *, script: str) -> Path:
    """A directory of this version's programs in which pg_basebackup is the given shell script; `$real` is the real."""
    directory = workbench.make_directory("programs")
    real = cluster.program("postgres").parent
    for program in real.iterdir():
        if program.name != "pg_basebackup":
            (directory / program.name).symlink_to(program)
    wrapper = directory / "pg_basebackup"
    wrapper.write_text(f"#!/bin/bash\nreal='{real}/pg_basebackup'\n{script}\n", encoding="utf-8")
    wrapper.chmod(0o755)
    return directory
