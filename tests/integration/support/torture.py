# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that may go wrong with archiving, all the time: kills, crashes, a repository that goes away or is full."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from pathlib import Path

import psycopg2
from support.archive import Archive


class Killer(threading.Thread):
    """Kills whatever runs the program of one archive, again and again, at random moments."""

    def __init__(self, archive: Archive, *, command: str, chance: random.Random, pause_seconds: float = 0.02) -> None:
        super().__init__()
        self._program = os.fsencode(archive.program)
        self._command = command.encode()
        self._chance = chance
        self._pause_seconds = pause_seconds
        self._ends = threading.Event()
        self.kills = 0

    def run(self) -> None:
        while not self._ends.wait(self._chance.uniform(0, 2 * self._pause_seconds)):
            found = self._processes()
            # At times all of them at once.
            victims = found if self._chance.random() < 0.05 else self._chance.sample(found, min(1, len(found)))
            for process in victims:
                try:
                    os.kill(process, signal.SIGKILL)
                    self.kills += 1
                except ProcessLookupError:
                    continue

    def stop(self) -> int:
        """End it; how many processes it has killed."""
        self._ends.set()
        self.join()
        return self.kills

    def _processes(self) -> list[int]:
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().split(b"\0")
            except OSError:
                continue
            if self._program in words and self._command in words and not words[0].endswith(b"sh"):
                found.append(int(path.parent.name))
        return found


class Load(threading.Thread):
    """Writes rows and finishes segments, through crashes of the server, unless too much waits already."""

    def __init__(self, archive: Archive, *, waiting_max: int = 60) -> None:
        super().__init__()
        self._cluster = archive.cluster
        self._status = archive.cluster.data / "pg_wal" / "archive_status"
        self._waiting_max = waiting_max
        self._ends = threading.Event()

    def run(self) -> None:
        number = 0
        while not self._ends.wait(0.005):
            if len([name for name in os.listdir(self._status) if name.endswith(".ready")]) > self._waiting_max:
                continue
            try:
                connection = self._cluster.connect()
                with connection.cursor() as cursor:
                    for _unused in range(20):
                        number += 1
                        cursor.execute(
                            "INSERT INTO written SELECT %s, md5(random()::text) FROM generate_series(1, 500)", [number]
                        )
                        cursor.execute("SELECT pg_switch_wal()")
                connection.close()
            except psycopg2.Error:
                # The server was killed, or is not there yet.
                continue

    def stop(self) -> None:
        """End it."""
        self._ends.set()
        self.join()


class Archiver:
    """Does what PostgreSQL's archiver does, without its rests of a second and a minute after failures."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._status = archive.cluster.data / "pg_wal" / "archive_status"
        self.calls = 0

    def waiting(self) -> list[str]:
        """The files that wait, in the order in which they are archived."""
        names = [name[: -len(".ready")] for name in os.listdir(self._status) if name.endswith(".ready")]
        return sorted(names, key=lambda name: (not name.endswith(".history"), name))

    def run_once(self) -> bool:
        """Archive the next file; whether there was one. One that fails is the next one again."""
        waiting = self.waiting()
        if not waiting:
            return False
        self.calls += 1
        process = self._archive.popen("archive-push", f"pg_wal/{waiting[0]}")
        if process.wait(timeout=120) == 0:
            os.rename(self._status / f"{waiting[0]}.ready", self._status / f"{waiting[0]}.done")
        return True


class Repository:
    """A small file system for the repository, that fills up, and goes away, and comes back."""

    def __init__(self, archive: Archive, *, size_mb: int) -> None:
        self._archive = archive
        self._path = archive.repository
        self._size_mb = size_mb
        self._filler = self._path / "filler"
        self._away = self._path / "away"

    def __enter__(self) -> Repository:
        self._archive.workbench.make_directory(self._path.name)
        user = self._archive.os_user
        options = f"size={self._size_mb}m,mode=0700,uid={user.uid},gid={user.gid}"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self._path)], check=True)
        return self

    def __exit__(self, *_error: object) -> None:
        subprocess.run(["umount", "-l", str(self._path)], check=False)

    def fill_up(self) -> None:
        """Leave no room."""
        try:
            with self._filler.open("wb") as stream:
                while True:
                    stream.write(bytes(1 << 20))
        except OSError:
            return

    def free(self) -> None:
        """Give back the room."""
        self._filler.unlink(missing_ok=True)

    def go_away(self) -> None:
        """Be gone, as an unmounted file system is."""
        os.rename(self._archive.path, self._away)

    def come_back(self) -> None:
        """Be there again."""
        if self._away.exists():
            os.rename(self._away, self._archive.path)


def pause(chance: random.Random) -> None:
    """Some time, in which things happen."""
    time.sleep(chance.uniform(0.05, 0.4))
