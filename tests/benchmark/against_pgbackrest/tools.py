# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two tools, set up on one cluster; each can back up, restore, and say what its backups take."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Protocol

from bench_host import Host, Timing
from database import PORT, Database
from elsewhere import KEEPER, KEEPERS_CONFIGURATION, LOCK_PATH, THEIRS_HERE, THEIRS_THERE, our_keeper, our_options
from support.module_payload import ansible_arguments, payload

OURS_REPOSITORY = "/srv/pitr"
THEIRS_REPOSITORY = "/srv/pgbackrest"
RESTORES = "/srv/restores"
PAYLOAD = "/opt/bench/restore.py"
# By its path: not every sudo looks there.
PROGRAM = "/usr/local/bin/pgpitr"
RESTORE_COMMAND = f"{PROGRAM} archive-get --cluster main %f %p"
# Defaults but for what was asked for. WAL goes to the other tool's archive: no backup of this one waits for it.
CONFIGURATION = f"""\
[global]
repo1-path={THEIRS_REPOSITORY}
repo1-bundle=y
repo1-block=y
repo1-retention-full=99
compress-type=zst
process-max=2
start-fast=y
archive-check=n
log-level-console=warn
log-level-file=off

"""
STANZA = f"""\
[main]
pg1-path={{data_directory}}
pg1-port={PORT}
"""


class Tool(Protocol):
    """One of the two."""

    name: str

    def set_up(self) -> None:
        """Make it ready for the first backup."""

    def version(self) -> str:
        """What it calls itself."""

    def back_up(self, kind: str) -> Timing:
        """Take a backup, ``full`` or ``incremental``."""

    def newest(self) -> str:
        """The label of the newest backup."""

    def stored_bytes(self, label: str) -> int:
        """What the backup takes in the repository."""

    def restore(self, label: str, *, into: str) -> Timing:
        """Restore the backup into a directory that is not there, until a server could be started."""


class Ours:
    """pgfleet.pitr: its playbook `archive`, its program, its module `restore` as Ansible runs it on a host."""

    name = "pgfleet.pitr"

    def __init__(self, database: Database, *, is_elsewhere: bool = False) -> None:
        self._database = database
        self._host = database.host
        self._place = our_options() if is_elsewhere else {}

    def set_up(self) -> None:
        """Turn archiving on, as users do."""
        variables = {"pitr_repository_path": OURS_REPOSITORY, "pitr_archiving_allow_restart": True}
        way: dict[str, object] = {
            "ansible_host": self._host.address,
            "ansible_user": "ops",
            "ansible_ssh_private_key_file": self._host.key,
            "ansible_ssh_common_args": "-o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no",
            "ansible_python_interpreter": "/usr/bin/python3",
        }
        place = {f"pitr_{name}": value for name, value in self._place.items()}
        keepers = {"pitr_repository_hosts": {"hosts": {KEEPER: our_keeper(way)}}} if self._place else {}
        hosts = {"hosts": {"main": {**way, **variables, **place}}, "children": keepers}
        with tempfile.TemporaryDirectory() as folder:
            inventory = Path(folder, "inventory.json")
            inventory.write_text(json.dumps({"all": hosts}), encoding="utf-8")
            argv = ["ansible-playbook", "-i", str(inventory), "pgfleet.pitr.archive"]
            done = subprocess.run(argv, env=os.environ, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"the playbook archive failed:\n{done.stdout}{done.stderr}")

    def version(self) -> str:
        """What `pgpitr` says."""
        return self._host.run(PROGRAM, "version").strip()

    def back_up(self, kind: str) -> Timing:
        """A backup, verified and recorded; its WAL is archived when this ends."""
        return self._host.time([PROGRAM, "backup", "--cluster", "main", "--type", kind])

    def newest(self) -> str:
        """The label of the newest backup."""
        return sorted(self._host.run("ls", f"{OURS_REPOSITORY}/main/backups").split())[-1]

    def stored_bytes(self, label: str) -> int:
        """All files of the backup."""
        return _disk_bytes(self._host, f"{OURS_REPOSITORY}/main/backups/{label}")

    def restore(self, label: str, *, into: str) -> Timing:
        """Side by side: planned, unpacked, checked, configured."""
        _clear(self._host, into)
        arguments = {
            "name": "main",
            "state": "present",
            "repository_path": OURS_REPOSITORY,
            **self._place,
            "backup": label,
            "target_immediate": True,
            "restore_data_directory": into,
            "restore_port": PORT + 1,
        }
        program = payload(
            "restore", {**arguments, **ansible_arguments(remote_tmp="/tmp")}, interpreter="/usr/bin/python3"
        )
        self._host.write(PAYLOAD, program)
        return self._host.time(["python3", PAYLOAD])


class Theirs:
    """pgBackRest of Debian's packages."""

    name = "pgBackRest"

    def __init__(self, database: Database, *, is_elsewhere: bool = False) -> None:
        self._database = database
        self._host = database.host
        self._is_elsewhere = is_elsewhere
        # Who has the repository, and takes the backups.
        self._user = KEEPER if is_elsewhere else "postgres"
        self._config = f"--config={KEEPERS_CONFIGURATION if is_elsewhere else '/etc/pgbackrest.conf'}"

    def set_up(self) -> None:
        """Write its configuration and create its stanza."""
        stanza = STANZA.format(data_directory=self._database.data_directory)
        if self._is_elsewhere:
            self._host.write("/etc/pgbackrest.conf", (THEIRS_HERE + stanza).encode())
            self._host.write(KEEPERS_CONFIGURATION, f"{CONFIGURATION}{LOCK_PATH}\n{stanza}{THEIRS_THERE}".encode())
        else:
            self._host.write("/etc/pgbackrest.conf", (CONFIGURATION + "\n" + stanza).encode())
        self._host.run("install", "-d", "-o", self._user, "-g", self._user, "-m", "0750", THEIRS_REPOSITORY)
        self._host.run("pgbackrest", self._config, "--stanza=main", "stanza-create", user=self._user)

    def version(self) -> str:
        """What `pgbackrest` says."""
        return self._host.run("pgbackrest", "version").strip()

    def back_up(self, kind: str) -> Timing:
        """A backup."""
        kind = "incr" if kind == "incremental" else kind
        return self._time("backup", f"--type={kind}", self._config, user=self._user)

    def newest(self) -> str:
        """The label of the newest backup."""
        return str(self._backups()[-1]["label"])

    def stored_bytes(self, label: str) -> int:
        """All files of the backup."""
        return _disk_bytes(self._host, f"{THEIRS_REPOSITORY}/backup/main/{label}")

    def restore(self, label: str, *, into: str) -> Timing:
        """Into an empty directory; it recovers with the WAL that the other tool has archived."""
        _clear(self._host, into)
        self._host.run("install", "-d", "-m", "0700", into, user="postgres")
        option = f"--recovery-option=restore_command={RESTORE_COMMAND}"
        return self._time("restore", f"--set={label}", "--type=immediate", f"--pg1-path={into}", option)

    def _time(self, *words: str, user: str = "postgres") -> Timing:
        return self._host.time(["runuser", "-u", user, "--", "pgbackrest", "--stanza=main", *words])

    def _backups(self) -> list[dict[str, object]]:
        said = self._host.run("pgbackrest", self._config, "--stanza=main", "--output=json", "info", user=self._user)
        found: list[dict[str, object]] = json.loads(said)[0]["backup"]
        return found


def _disk_bytes(host: Host, path: str) -> int:
    return int(host.run("du", "-sb", path).split()[0])


def _clear(host: Host, directory: str) -> None:
    host.script(f"rm -rf {directory} {directory}.pitr-*\ninstall -d -o postgres -g postgres -m 0755 {RESTORES}\n")
