# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real PostgreSQL cluster that a test makes, breaks and throws away."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
from support.data_directory import make_data_directory
from support.installation import Installation
from support.os_user import OsUser
from support.ports import PortLease

# Small and quick; nothing that changes what archiving or recovery do. Autovacuum would add commits of its own.
BASE_SETTINGS: Mapping[str, str | int] = {
    "listen_addresses": "",
    "fsync": "off",
    "shared_buffers": "16MB",
    # In the data directory: a killed server leaves nothing in the machine's shared memory.
    "dynamic_shared_memory_type": "mmap",
    "max_connections": 25,
    "autovacuum": "off",
    "min_wal_size": "32MB",
    "log_line_prefix": "%m [%p] ",
    "log_min_messages": "info",
}


@dataclass(frozen=True)
class ClusterOptions:
    """How a test's cluster differs from a usual one."""

    directory_name: str = "data"
    segment_size_mb: int = 16
    superuser: str = ""
    settings: Mapping[str, str | int] = field(default_factory=dict)
    initdb_arguments: Sequence[str] = ()


class Cluster:
    """One data directory with its server; every command runs as `os_user`, every failure shows the server's log."""

    def __init__(
        self, installation: Installation, *, base: Path, os_user: OsUser, port: PortLease, options: ClusterOptions
    ) -> None:
        self.installation = installation
        self.options = options
        self.os_user = os_user
        self.base = base
        self.data = base / options.directory_name
        self.log = base / f"{options.directory_name}.log"
        self.socket_directory = base
        self.superuser = options.superuser or os_user.name
        self._lease = port

    @property
    def version(self) -> int:
        """The major version."""
        return self.installation.version

    @property
    def port(self) -> int:
        """The port; the cluster's alone as long as the test runs."""
        return self._lease.port

    def create(self) -> Cluster:
        """Make the data directory and write the settings; the server is not started."""
        arguments = ["-A", "trust", "-U", self.superuser, "-N", "-E", "UTF8", "--no-instructions", "--locale=C"]
        arguments += ["--wal-segsize", str(self.options.segment_size_mb), *self.options.initdb_arguments]
        make_data_directory(self.program("initdb"), self.data, os_user=self.os_user, arguments=arguments)
        place = {"port": self.port, "unix_socket_directories": str(self.socket_directory)}
        self.configure(**{**BASE_SETTINGS, **place, **self.options.settings})
        return self

    def program(self, name: str) -> Path:
        """The path of one of this version's programs."""
        return self.installation.program(name)

    def configure(self, **settings: str | int) -> None:
        """Append settings to postgresql.conf; they need a reload or a restart to count."""
        lines = "".join(f"{name} = '{_quoted(str(value))}'\n" for name, value in settings.items())
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as stream:
            stream.write(lines)

    def start(self, *, wait: bool = True, timeout_seconds: int = 60) -> Cluster:
        """Start by pg_ctl, and wait until connections are accepted unless told not to."""
        argv = ["start", "-l", self.log, "-t", str(timeout_seconds), "-w" if wait else "-W"]
        done = self.pg_ctl(*argv, check=False)
        if done.returncode != 0:
            raise AssertionError(f"cluster at {self.data} did not start: {done.stdout}{done.stderr}\n{self.log_tail()}")
        return self

    def start_as_standby(self) -> Cluster:
        """Start in recovery, which goes on until a promotion."""
        signal_file = self.data / "standby.signal"
        signal_file.touch()
        self.os_user.own(signal_file)
        return self.start()

    def follow(self, primary: Cluster) -> Cluster:
        """Begin anew as a streaming standby of another cluster."""
        shutil.rmtree(self.data)
        source = ["-h", primary.socket_directory, "-p", str(primary.port), "-U", primary.superuser]
        self.os_user.run([self.program("pg_basebackup"), *source, "-D", self.data, "-R", "-X", "stream"])
        self.configure(port=self.port, unix_socket_directories=str(self.socket_directory))
        return self.start()

    def stop(self, *, mode: str = "fast") -> Cluster:
        """Stop and wait."""
        self.pg_ctl("stop", "-m", mode, "-w", "-t", "60")
        return self

    def restart(self) -> Cluster:
        """Stop if running, then start."""
        if self.is_running():
            self.stop()
        return self.start()

    def reload(self) -> None:
        """Let the server read its configuration again."""
        self.pg_ctl("reload")

    def pg_ctl(self, *arguments: str | os.PathLike[str], check: bool = True) -> Any:
        """Run pg_ctl on this data directory."""
        return self.os_user.run([self.program("pg_ctl"), "-D", self.data, *arguments], check=check)

    def crash(self) -> Cluster:
        """Kill the postmaster as a power failure would, and wait until its children are gone too."""
        pid = self.postmaster_pid()
        if pid is None:
            raise AssertionError(f"cluster at {self.data} is not running, so it can't be killed\n{self.log_tail()}")
        children = _children_of(pid)
        os.kill(pid, signal.SIGKILL)
        # A dead process that its parent has not noticed still counts as running for PostgreSQL's own check.
        gone = [Path(f"/proc/{one}") for one in (pid, *children)]
        self.wait_until(lambda: not any(one.exists() for one in gone), what="every server process is gone")
        return self

    def postmaster_pid(self) -> int | None:
        """The postmaster's process id; None when none runs."""
        try:
            pid = int((self.data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return pid if _is_alive(pid) else None

    def is_running(self) -> bool:
        """Whether a postmaster runs on this data directory."""
        return self.postmaster_pid() is not None

    def connect(self, *, database: str = "postgres", user: str = "") -> Any:
        """A psycopg2 connection in autocommit."""
        connection = psycopg2.connect(
            host=str(self.socket_directory),
            port=self.port,
            dbname=database,
            user=user or self.superuser,
            connect_timeout=10,
            application_name="pitr-test",
        )
        connection.autocommit = True
        return connection

    def sql(self, text: str, parameters: Sequence[Any] | None = None, *, database: str = "postgres") -> list[Any]:
        """Run SQL in a connection of its own; the rows, or an empty list where there are none."""
        try:
            connection = self.connect(database=database)
        except psycopg2.Error as error:
            raise AssertionError(f"no connection to {self.data}: {error}\n{self.log_tail()}") from error
        try:
            with connection.cursor() as cursor:
                cursor.execute(text, parameters)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def value(self, text: str, parameters: Sequence[Any] | None = None, *, database: str = "postgres") -> Any:
        """The one value of the one row that `text` gives."""
        ((value,),) = self.sql(text, parameters, database=database)
        return value

    def column(self, text: str, parameters: Sequence[Any] | None = None, *, database: str = "postgres") -> list[Any]:
        """The first column of every row."""
        return [row[0] for row in self.sql(text, parameters, database=database)]

    def log_tail(self, line_count: int = 60) -> str:
        """The end of the server's log, with the log's name."""
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            lines = ["(no log)"]
        return "\n".join([f"--- {self.log} ---", *lines[-line_count:]])

    def log_contains(self, text: str) -> bool:
        """Whether the server ever logged `text`."""
        return self.log.exists() and text in self.log.read_text(encoding="utf-8", errors="replace")

    def control(self) -> dict[str, str]:
        """pg_controldata as a dictionary."""
        done = self.os_user.run([self.program("pg_controldata"), self.data])
        pairs = (line.split(":", 1) for line in done.stdout.splitlines() if ":" in line)
        return {key.strip(): text.strip() for key, text in pairs}

    def system_identifier(self) -> str:
        """The cluster's system identifier."""
        return self.control()["Database system identifier"]

    def switch_segment(self) -> str:
        """Finish the current WAL segment; its name."""
        name = self.value("SELECT pg_walfile_name(pg_current_wal_insert_lsn())")
        self.sql("SELECT pg_logical_emit_message(true, 'test', 'switch'); SELECT pg_switch_wal()")
        return str(name)

    def wait_until(
        self, condition: Callable[[], bool], *, what: str, timeout_seconds: float = 60, pause_seconds: float = 0.05
    ) -> None:
        """Wait for a condition; a timeout fails with the server's log."""
        deadline = time.monotonic() + timeout_seconds
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {timeout_seconds} s: {what}\n{self.log_tail()}")
            time.sleep(pause_seconds)

    def copy_of_itself(self, target: Path) -> Path:
        """Copy the stopped data directory, as `cp -a` of a virtual machine's disk would."""
        self.os_user.run(["cp", "-a", self.data, target])
        return target

    def discard(self) -> None:
        """Stop the server in whatever state it is, and give back port and space."""
        for pid_file in self.base.rglob("postmaster.pid"):
            self.os_user.run(
                [self.program("pg_ctl"), "-D", pid_file.parent, "stop", "-m", "immediate", "-w"], check=False
            )
        self._lease.release()
        shutil.rmtree(self.base, ignore_errors=True)


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _children_of(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []


def _is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and whose parent has not noticed yet does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state != "Z"
