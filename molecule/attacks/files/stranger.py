# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local user: what looks like a cluster where such a user may write, with programs of its own, as long as this runs.

A name with a line break, a FIFO for each file that may be read, links to what is root's and what is PostgreSQL's, a
path below /proc, and hard links where the kernel allows them.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from pathlib import Path

TRIES = "/usr/local/libexec/become_root"
SLEEP = "/usr/bin/sleep"
PROGRAMS = ("postgres", "pg_ctl", "pg_controldata", "pg_waldump", "pg_basebackup", "psql", "zstd")
READ = ("PG_VERSION", "postgresql.conf", "postgresql.auto.conf", "postmaster.opts", "postmaster.pid")


def look_alike(data: Path) -> Path:
    """A data directory with programs beside it that a look at it would start."""
    programs = data.parent / f"bin-{data.name}"
    for directory in (data / "global", data / "pg_wal", data / "pg_tblspc", programs):
        directory.mkdir(parents=True)
    (data / "PG_VERSION").write_text("17\n")
    (data / "global" / "pg_control").write_bytes(bytes(8192))
    (data / "postgresql.conf").write_text("data_directory = '/data/main'\n")
    (data / "postmaster.opts").write_text(f'{programs}/postgres "-D" "{data}"\n')
    for name in PROGRAMS:
        shutil.copy(TRIES, programs / name)
        (programs / name).chmod(0o755)
    return data


def run_beside(data: Path, *, words: tuple[str, ...] = ()) -> None:
    """A process called postgres that stands in the directory."""
    program = Path("/tmp/stranger") / "postgres"
    if not program.exists():
        shutil.copy(SLEEP, program)
    process = subprocess.Popen(["postgres", "1000000", *words], executable=program, cwd=data)
    with contextlib.suppress(OSError):
        (data / "postmaster.pid").write_text(f"{process.pid}\n{data}\n1\n5432\n/tmp\n*\n0\nready\n")


def main() -> None:
    """Plant all of it, say so, and stay."""
    base = Path("/tmp/stranger")
    base.mkdir()
    for name in ("data", "line\nbreak", "pitr-new"):
        run_beside(look_alike(base / name))
    fifos = look_alike(base / "fifos")
    run_beside(fifos)
    for name in READ:
        (fifos / name).unlink(missing_ok=True)
        os.mkfifo(fifos / name)
    for name, target in (
        ("roots", "/etc"),
        ("postgres", "/data/main"),
        ("process", "/proc/self/cwd"),
        ("one", "/proc/1/root"),
    ):
        (base / f"link-{name}").symlink_to(target)
        with contextlib.suppress(OSError):
            run_beside(base / f"link-{name}", words=("-D", str(base / f"link-{name}")))
    for target in ("/etc/shadow", "/usr/bin/passwd"):
        # The kernel refuses it where protected_hardlinks is set.
        with contextlib.suppress(OSError):
            os.link(target, base / "data" / "postgresql.auto.conf")
    (base / "planted").touch()
    time.sleep(3600)


if __name__ == "__main__":
    main()
