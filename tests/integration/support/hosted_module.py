# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of a module in new processes of an interpreter that has imported it already.

Starting Python and importing some 350 files is half of what a module of the collection costs, and a test runs several.
Each run is a process of its own as the wanted user, with the module's very files, its own standard streams and nothing
left of an earlier run. What playbooks run, and what tests kill, is started from nothing.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from functools import cache
from pathlib import Path

from support.module_payload import UnpackedModule
from support.os_user import OsUser

PROGRAM = Path(__file__).with_name("module_host.py")
ENVIRONMENT = {"PYTHONDONTWRITEBYTECODE": "1"}


class HostedModule:
    """The interpreter of one module and user; it ends with this process."""

    def __init__(self, module: UnpackedModule, *, os_user: OsUser) -> None:
        self._os_user = os_user
        self._surroundings = _surroundings(os_user)
        self._requests, other_end = socket.socketpair()
        number = str(other_end.fileno())
        # From its text: the user may not be able to enter the checkout.
        argv = [sys.executable, "-c", PROGRAM.read_text(encoding="utf-8"), number]
        self._process = subprocess.Popen(
            [*argv, str(module.folder), module.full_name, module.profile],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[other_end.fileno()],
            cwd="/",
            env=os_user.environment(ENVIRONMENT),
            **os_user.popen_options(),  # type: ignore[call-overload]
        )
        other_end.close()
        self._answers = self._requests.makefile("r")
        self._one_at_a_time = threading.Lock()

    def run(self, stdin: bytes, *, timeout_seconds: float) -> subprocess.CompletedProcess[str] | None:
        """One run of the module; ``None`` while there is another one, or where a test has changed what it would find.

        Raises TimeoutExpired, as `subprocess` does.
        """
        if self._surroundings != _surroundings(self._os_user) or not self._one_at_a_time.acquire(blocking=False):
            return None
        try:
            return self._run(stdin, timeout_seconds=timeout_seconds)
        finally:
            self._one_at_a_time.release()

    def _run(self, stdin: bytes, *, timeout_seconds: float) -> subprocess.CompletedProcess[str]:
        given = os.memfd_create("stdin")
        os.write(given, stdin)
        os.lseek(given, 0, os.SEEK_SET)
        out, err = os.pipe(), os.pipe()
        streams = [given, out[1], err[1]]
        socket.send_fds(self._requests, [b"."], streams)
        for stream in streams:
            os.close(stream)
        child = int(self._answers.readline())
        try:
            said = _read_all([out[0], err[0]], timeout_seconds=timeout_seconds)
        except subprocess.TimeoutExpired:
            os.kill(child, signal.SIGKILL)
            raise
        finally:
            os.close(out[0])
            os.close(err[0])
            code = int(self._answers.readline())
        stdout, stderr = (text.decode("utf-8", "replace") for text in said)
        return subprocess.CompletedProcess([str(PROGRAM)], code, stdout, stderr)


def _surroundings(os_user: OsUser) -> tuple[dict[str, str], list[int]]:
    """What a process that is started now inherits: the environment, and the host's name and mounts."""
    return os_user.environment(), [os.stat(f"/proc/self/ns/{kind}").st_ino for kind in ("uts", "mnt")]


def _read_all(pipes: list[int], *, timeout_seconds: float) -> list[bytes]:
    """What comes from each until its end."""
    said, deadline = dict.fromkeys(pipes, b""), time.monotonic() + timeout_seconds
    with selectors.DefaultSelector() as selector:
        for pipe in pipes:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready:
                raise subprocess.TimeoutExpired(str(PROGRAM), timeout_seconds)
            for key, _events in ready:
                part = os.read(key.fd, 1 << 16)
                said[key.fd] += part
                if not part:
                    selector.unregister(key.fd)
    return list(said.values())


@cache
def hosted(module: UnpackedModule, os_user: OsUser) -> HostedModule:
    """The one of this process."""
    return HostedModule(module, os_user=os_user)


__all__ = ("ENVIRONMENT", "hosted")
