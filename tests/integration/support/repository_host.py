# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another host that keeps a repository, as far as one machine can be two: a real sshd on a port of its own.

It lets the clusters' user in with one key, whose forced command is `pgpitr serve`.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from support.ports import PortLease
from support.workbench import Workbench

_SSHD = "/usr/sbin/sshd"


class RepositoryHost:
    """The directory `repository`, served to the cluster db1 by a program at `program`."""

    def __init__(self, workbench: Workbench, *, repository: Path, program: Path) -> None:
        self.workbench = workbench
        self.os_user = workbench.os_user
        self.repository = repository
        self.program = program
        self.port = PortLease.take()
        self.directory = workbench.make_directory("ssh")
        self.key = self.directory / "pgpitr-db1"
        self._process: subprocess.Popen[bytes] | None = None
        self._make_keys()

    def options(self) -> dict[str, object]:
        """The options of the modules that name this host."""
        return {
            "repository_host": "127.0.0.1",
            "repository_user": self.os_user.name,
            "repository_ssh_port": self.port.port,
            "repository_ssh_identity_file": str(self.key),
        }

    def let_in(self, key: Path, *, cluster: str = "db1", command: str = "") -> None:
        """Let the owner of that key in, for one cluster."""
        serve = f"{shlex.quote(str(self.program))} serve --repository {shlex.quote(str(self.repository))}"
        forced = (command or f"{serve} --cluster {cluster} --append-only").replace('"', '\\"')
        line = f'restrict,command="{forced}" {key.with_suffix(".pub").read_text()}'
        with (self.directory / "authorized_keys").open("a") as file:
            file.write(line)
        self.os_user.own(self.directory / "authorized_keys")

    def new_key(self, name: str) -> Path:
        """A key pair in the directory."""
        key = self.directory / name
        self.os_user.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key])
        return key

    def start(self) -> RepositoryHost:
        """Start sshd, and wait until it answers."""
        self._process = subprocess.Popen(
            [_SSHD, "-D", "-e", "-f", str(self.directory / "sshd_config")],
            env=self.os_user.environment(),
            stdin=subprocess.DEVNULL,
            stderr=(self.directory / "sshd.log").open("ab"),
            **self.os_user.popen_options(),  # type: ignore[call-overload]
        )
        deadline = time.monotonic() + 30
        while subprocess.run(self._scan(), capture_output=True, check=False).stdout == b"":
            assert time.monotonic() < deadline, (self.directory / "sshd.log").read_text()
            time.sleep(0.1)
        return self

    def stop(self) -> None:
        """End sshd with every session, as when the host is down."""
        if self._process is not None:
            # A session has a process of its own, which outlives the one that listens.
            sessions = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)
            for session in sessions:
                with suppress(ProcessLookupError):
                    os.kill(int(session), signal.SIGTERM)
            self._process = None

    def ssh(self, *words: str, arguments: Sequence[str] = (), stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
        """What a thief of the key may try: any command line of ssh."""
        argv = ["ssh", "-F", "none", "-i", str(self.key), "-p", str(self.port.port), *arguments]
        options = {
            "BatchMode": "yes",
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": str(self.directory / "pgpitr_known_hosts"),
        }
        for name, value in options.items():
            argv += ["-o", f"{name}={value}"]
        return self.os_user.run([*argv, f"{self.os_user.name}@127.0.0.1", *words], check=False, stdin=stdin)

    def _make_keys(self) -> None:
        host_key = self.new_key("host_key")
        self.new_key("pgpitr-db1")
        self.let_in(self.key)
        kind, public, *_comment = host_key.with_suffix(".pub").read_text().split()
        known = self.directory / "pgpitr_known_hosts"
        known.write_text(f"[127.0.0.1]:{self.port.port} {kind} {public}\n")
        config = self.directory / "sshd_config"
        lines = {
            "Port": str(self.port.port),
            "ListenAddress": "127.0.0.1",
            "HostKey": str(host_key),
            "AuthorizedKeysFile": str(self.directory / "authorized_keys"),
            "PasswordAuthentication": "no",
            "KbdInteractiveAuthentication": "no",
            "UsePAM": "no",
            "PidFile": "none",
            # The scratch directory lies below one that everybody may write.
            "StrictModes": "no",
            "MaxStartups": "50",
            "LogLevel": "VERBOSE",
        }
        config.write_text("".join(f"{name} {value}\n" for name, value in lines.items()))
        for path in (known, config):
            self.os_user.own(path)

    def _scan(self) -> list[str]:
        return ["ssh-keyscan", "-p", str(self.port.port), "127.0.0.1"]

    def discard(self) -> None:
        """Stop it for good."""
        self.stop()
        self.port.release()
