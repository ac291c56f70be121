# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A private mount namespace with a cgroup2 file system, for machines whose own /sys/fs/cgroup is not one.

podman's systemd hosts need cgroup2 at /sys/fs/cgroup. On a machine with hybrid cgroups one lasting namespace has it,
and every call of podman enters that same one: network namespaces mounted under /run/netns are not seen elsewhere.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from .errors import HostError, NotPossibleError
from .leftovers import clear_leftovers
from .place import Place
from .process import run

__all__ = ["MountNamespace", "has_plain_cgroup2", "may_raise_limits"]

CAP_SYS_RESOURCE = 24
JOIN = 'mkdir -p "$1" && echo $$ > "$1/cgroup.procs" && shift && exec "$@"'
# The last processes of a host may take a moment to end after podman has said that it is gone.
FORGET = """
for i in $(seq 50); do
  find "$1" -depth -type d -delete 2>/dev/null
  [ -e "$1" ] || break
  sleep 0.1
done
rmdir "${1%/*}" 2>/dev/null
"""
HOLD = "mount -t cgroup2 none /sys/fs/cgroup && echo ready && exec sleep infinity >/dev/null"


def has_plain_cgroup2() -> bool:
    """Whether /sys/fs/cgroup itself is a cgroup2 file system."""
    return run(["stat", "-f", "-c", "%T", "/sys/fs/cgroup"]).strip() == "cgroup2fs"


def may_raise_limits() -> bool:
    """Whether this process has CAP_SYS_RESOURCE, without which limits can only be lowered (capabilities(7))."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> CAP_SYS_RESOURCE & 1)
    return False


def started_at(pid: int) -> str | None:
    """When the process began, in clock ticks since boot (proc(5), field 22); None where there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]


class MountNamespace:
    """The namespace and the process that keeps it alive."""

    def __init__(self, place: Place) -> None:
        self.needed = not has_plain_cgroup2()
        self._place = place
        self._record = place.state / "namespace"

    def pid(self) -> int | None:
        """The process that holds the namespace; None where none is there. A reused pid is not taken for it."""
        try:
            pid, began = self._record.read_text(encoding="ascii").split()
        except (OSError, ValueError):
            return None
        return int(pid) if started_at(int(pid)) == began else None

    def open(self) -> None:
        """Makes the namespace where it is needed and not there."""
        if not self.needed or self.pid() is not None:
            return
        # The namespace of a run that was killed is gone, and with it the hosts' networks.
        clear_leftovers(self._place)
        holder = subprocess.Popen(
            ["unshare", "-m", "--propagation", "private", "sh", "-c", HOLD],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        if holder.stdout is None or holder.stdout.readline().strip() != "ready":
            raise NotPossibleError(f"no cgroup2 file system can be mounted here: mount failed with {holder.wait()}")
        self._record.write_text(f"{holder.pid} {started_at(holder.pid)}\n", encoding="ascii")

    def close(self) -> None:
        """Ends the process that holds the namespace, and with it the namespace."""
        pid = self.pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGTERM)
        for _unused in range(50):
            if started_at(pid) is None or self._is_ended_child(pid):
                self._record.unlink()
                return
            time.sleep(0.1)
        raise HostError(f"process {pid}, which holds the mount namespace, does not end")

    @staticmethod
    def _is_ended_child(pid: int) -> bool:
        """Whether it was a child of this very process and has ended."""
        try:
            return os.waitpid(pid, os.WNOHANG)[0] == pid
        except ChildProcessError:
            return False

    def entered(self, argv: list[str], *, cgroup: str = "") -> list[str]:
        """``argv`` as it must be run to run inside the namespace, and in the cgroup where one is named."""
        if not self.needed:
            return argv
        pid = self.pid()
        if pid is None:
            raise HostError("the mount namespace of the hosts is not open")
        inside = ["nsenter", "-m", "-t", str(pid), "--"]
        if cgroup:
            inside += ["sh", "-c", JOIN, "sh", self.cgroup_directory(cgroup)]
        return [*inside, *argv]

    @staticmethod
    def cgroup_directory(name: str) -> str:
        """Where the cgroup lies, seen from inside the namespace."""
        return f"/sys/fs/cgroup/pitr-hosts/{name}"

    def freeze_cgroup(self, name: str, *, is_frozen: bool) -> None:
        """Let none of its processes run, or let them go on; nothing happens where there is no such cgroup."""
        if self.needed:
            write = 'echo "$2" > "$1/cgroup.freeze"'
            run(self.entered(["sh", "-c", write, "sh", self.cgroup_directory(name), str(int(is_frozen))]))

    def remove_cgroup(self, name: str) -> None:
        """Removes the cgroup and those below it, whose processes have ended."""
        if self.needed:
            run(self.entered(["sh", "-c", FORGET, "sh", self.cgroup_directory(name)]), check=False)
