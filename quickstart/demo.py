# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster of the quickstart and the commands that are run on it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from free_port import free_port
from host import Host, inventory_text
from place import Place

CLUSTER = "shop"

# Variables of the caller that would steer PostgreSQL, Ansible, Python or the client of an object storage.
_FOREIGN = ("PG", "ANSIBLE_", "PYTHON", "AWS_")


@dataclass(frozen=True)
class Demo:
    """One cluster on one host of the inventory."""

    place: Place
    host: Host

    def program(self, name: str) -> str:
        return str(self.place.pg_bin / name)

    def version(self) -> str:
        """What the server's program says of itself."""
        return self._run([self.program("postgres"), "--version"]).split(") ", 1)[-1].strip()

    def create(self) -> int:
        """Make and start a new cluster; its port."""
        host, place = self.host, self.place
        place.sockets.mkdir(mode=0o700, exist_ok=True)
        host.folder.mkdir(mode=0o700, exist_ok=True)
        port = free_port()
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        self._run([self.program("initdb"), "-D", host.data, *options])
        with open(host.data / "postgresql.conf", "a", encoding="utf-8") as stream:
            stream.write(
                f"port = {port}\nunix_socket_directories = '{_quoted(place.sockets)}'\nlisten_addresses = ''\n"
            )
        self.start()
        return port

    def start(self) -> None:
        """Start the server, as an operator would."""
        self._run([self.program("pg_ctl"), "start", "-w", "-s", "-D", self.host.data, "-l", self.host.log])

    def stop(self, *, mode: str) -> None:
        """Stop the server."""
        self._run([self.program("pg_ctl"), "stop", "-s", "-D", self.host.data, "-m", mode])

    def write_inventory(self, hosts: Mapping[str, Mapping[str, object]], *, shared: Mapping[str, object]) -> None:
        """The inventory of the story; what any host of this machine needs is added."""
        here = {
            "ansible_connection": "local",
            "ansible_become": False,
            "ansible_python_interpreter": sys.executable,
            "pitr_cluster_bin_directory": str(self.place.pg_bin),
            "pitr_repository_install_packages": False,
        }
        self.place.inventory.write_text(inventory_text(hosts, shared={**here, **shared}), encoding="utf-8")

    def psql(self) -> list[str]:
        """The command that opens the database of the server, which runs."""
        # Source: PostgreSQL, src/include/utils/pidfile.h: its lines 4 and 5.
        lines = (self.host.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        return [self.program("psql"), "-h", lines[4].strip(), "-p", lines[3].strip(), "-U", "postgres", "postgres"]

    def sql(self, statement: str) -> str:
        """The statement's one value as text."""
        return self._run([*self.psql(), "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement]).strip()

    def playbook(self, name: str, *, arguments: tuple[str, ...] = ()) -> None:
        """Run one of the collection's playbooks for all to see; a failure ends the story with its exit code."""
        argv = [*self.playbook_command(name), *arguments]
        done = subprocess.run(argv, check=False, cwd=self.place.root, env=self.environment(), stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise SystemExit(f"\nquickstart: {shlex.join(argv)} failed with exit code {done.returncode}")

    def playbook_command(self, name: str) -> list[str]:
        return [
            str(Path(sys.executable).parent / "ansible-playbook"),
            "-i",
            str(self.place.inventory),
            f"pgfleet.pitr.{name}",
        ]

    def environment(self) -> Mapping[str, str]:
        """The environment for Ansible: this collection, a home that can be written, and the story's output."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(_FOREIGN)}
        # The installed copy: the user that runs this may not be able to enter the checkout.
        installed = self.place.build / "collections" / "ansible_collections" / "pgfleet" / "pitr"
        return {
            **kept,
            "LC_ALL": "C.UTF-8",
            "HOME": str(self.place.root),
            "ANSIBLE_HOME": str(self.place.root / ".ansible"),
            # Ansible would ask the password file for the user's home, which may not exist.
            "ANSIBLE_REMOTE_TEMP": str(self.place.root / ".ansible" / "tmp"),
            "ANSIBLE_COLLECTIONS_PATH": str(self.place.build / "collections"),
            "ANSIBLE_CALLBACK_PLUGINS": str(installed / "quickstart" / "callback"),
            "ANSIBLE_STDOUT_CALLBACK": "story",
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_DEPRECATION_WARNINGS": "false",
        }

    def _run(self, argv: list[str | Path]) -> str:
        done = subprocess.run(
            [str(part) for part in argv], check=False, text=True, capture_output=True, stdin=subprocess.DEVNULL, cwd="/"
        )
        if done.returncode != 0:
            raise SystemExit(f"quickstart: {shlex.join(done.args)} failed:\n{done.stderr}{done.stdout}")
        return done.stdout


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
