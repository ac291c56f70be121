# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A test host, made for the benchmark and removed after it, and commands run and timed on it."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[3]
HOSTS = CHECKOUT / "tests" / "molecule" / "hosts"
SCENARIO = "bench-pgbackrest"
SSH_OPTIONS = (
    *("-o", "BatchMode=yes", "-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no"),
    *("-o", "LogLevel=ERROR"),
)
CANNOT_RUN = 3
STOPWATCH = "/opt/bench/stopwatch.py"
# Written on the host. What was written before must not be on its way to the disk meanwhile.
STOPWATCH_CODE = """\
import json, subprocess, sys, time
def cpu_seconds():
    with open("/sys/fs/cgroup/cpu.stat", encoding="ascii") as stream:
        return int(stream.readline().split()[1]) / 1e6
subprocess.run(["sync"], check=True)
began, cpu_began = time.perf_counter(), cpu_seconds()
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
ended, cpu_ended = time.perf_counter(), cpu_seconds()
subprocess.run(["sync"], check=True)
found = {"seconds": ended - began, "on_disk": time.perf_counter() - began, "cpu": cpu_ended - cpu_began}
json.dump({**found, "rc": done.returncode, "said": done.stdout}, sys.stdout)
"""


class CommandFailedError(Exception):
    """A command on the host failed; the message has what it said."""


class HostMissingError(Exception):
    """This machine cannot run test hosts; the reason was printed."""


@dataclass(frozen=True)
class Timing:
    """Wall clock of a command: until it ended, and until what it wrote was on disk; and processor time of the host.

    The last has the server's part in it, and says most where other programs run on the machine.
    """

    seconds: float
    on_disk_seconds: float
    cpu_seconds: float

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s (synced {self.on_disk_seconds:.2f} s, processors {self.cpu_seconds:.2f} s)"


@dataclass(frozen=True)
class Host:
    """A Debian host that is reached by SSH, as root by sudo."""

    address: str
    key: str

    def run(self, *argv: str, user: str = "root", stdin: bytes = b"") -> str:
        """What the command printed. Raises CommandFailedError."""
        command = shlex.join(["sudo", "-n", "-u", user, *argv])
        login = ["ssh", "-i", self.key, *SSH_OPTIONS, f"ops@{self.address}", f"cd / && {command}"]
        done = subprocess.run(login, input=stdin, capture_output=True, check=False)
        if done.returncode != 0:
            said = (done.stdout + done.stderr).decode("utf-8", "replace")
            raise CommandFailedError(f"{command} ended with {done.returncode}:\n{said}")
        return done.stdout.decode("utf-8", "replace")

    def script(self, text: str) -> str:
        """What the shell script printed; root runs it. Raises CommandFailedError."""
        return self.run("bash", "-eu", "-s", stdin=text.encode())

    def write(self, path: str, content: bytes) -> None:
        """Write a file that everybody may read."""
        self.run("bash", "-c", 'mkdir -p "${0%/*}" && cat > "$0"', path, stdin=content)

    def time(self, argv: Sequence[str]) -> Timing:
        """How long the command takes, started on the host itself. Raises CommandFailedError."""
        found: dict[str, Any] = json.loads(self.run("python3", STOPWATCH, *argv))
        if found["rc"] != 0:
            raise CommandFailedError(f"{shlex.join(argv)} ended with {found['rc']}:\n{found['said']}")
        return Timing(seconds=found["seconds"], on_disk_seconds=found["on_disk"], cpu_seconds=found["cpu"])


@contextmanager
def host_of(release: str) -> Iterator[Host]:
    """A new host of this release of Debian. Raises HostMissingError."""
    done = subprocess.run([str(HOSTS), "up", SCENARIO, f"{release}:{release}"], stdout=subprocess.PIPE, check=False)
    if done.returncode == CANNOT_RUN:
        raise HostMissingError
    try:
        if done.returncode != 0:
            raise CommandFailedError(f"no host of {release} could be started, see above")
        (found,) = json.loads(done.stdout)
        host = Host(address=found["address"], key=found["key"])
        host.write(STOPWATCH, STOPWATCH_CODE.encode())
        yield host
    finally:
        subprocess.run([str(HOSTS), "down", SCENARIO], check=True)
