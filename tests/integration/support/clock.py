# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A clock that can be set back under one server, as NTP or a failover to a slower host does it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from support.cluster import Cluster

_SOURCE = """
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    char text[32] = "";
    int file = open(OFFSET_FILE, O_RDONLY), rc = syscall(SYS_gettimeofday, now, zone);
    if (file >= 0) {
        if (read(file, text, sizeof text - 1) > 0)
            now->tv_sec += atol(text);
        close(file);
    }
    return rc;
}
"""


class ServerClock:
    """The clock of servers that were started by :meth:`start`; others keep the machine's."""

    def __init__(self, directory: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            raise RuntimeError("this server's clock is made by a C compiler: install cc (Debian: package gcc)")
        self._offset = directory / "offset"
        self._library = directory / "clock.so"
        source = directory / "clock.c"
        source.write_text(_SOURCE, encoding="utf-8")
        define = f'-DOFFSET_FILE="{self._offset}"'
        subprocess.run([compiler, "-shared", "-fPIC", define, "-o", self._library, source], check=True)
        self.set(0)
        for path in directory.iterdir():
            path.chmod(0o644)

    def set(self, seconds: int) -> None:
        """Let the clock differ from the machine's by so much from now on."""
        self._offset.write_text(str(seconds), encoding="utf-8")

    def start(self, cluster: Cluster) -> None:
        """Start again with this clock."""
        cluster.stop()
        cluster.os_user.run(
            [cluster.program("pg_ctl"), "-D", cluster.data, "start", "-l", cluster.log, "-w"],
            extra_environment={"LD_PRELOAD": str(self._library)},
        )
