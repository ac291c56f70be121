# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster with the installed program and a repository, put together by hand where a test needs no more than that."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path

from support.cluster import Cluster
from support.workbench import Workbench


class Archive:
    """The repository folder `db1` of one cluster, and the program that fills it."""

    def __init__(self, workbench: Workbench, cluster: Cluster, *, compression: str = "auto") -> None:
        self.workbench = workbench
        self.cluster = cluster
        self.os_user = cluster.os_user
        self.repository = workbench.directory / "it's a repository"
        self.program = workbench.directory / "it's bin" / "pgpitr"
        self.config_directory = workbench.directory / "it's 100% etc"
        self.path = self.repository / "db1"
        self.compression = compression

    def install(self) -> Archive:
        """Let the module install program, configuration and repository, and register the cluster."""
        self.workbench.run_module("agent", self.agent_arguments())
        self.register(self.cluster)
        return self

    def agent_arguments(self) -> dict[str, str]:
        """Arguments of the module `agent` for this cluster."""
        return {
            "name": "db1",
            "data_directory": str(self.cluster.data),
            "bin_directory": str(self.cluster.installation.bin_directory),
            "repository_path": str(self.repository),
            "agent_path": str(self.program),
            "config_directory": str(self.config_directory),
            "compression": self.compression,
        }

    def register(self, *writers: Cluster | Path) -> None:
        """Write cluster.json as documented, with the first cluster's identity and all of them as writers."""
        control = self.cluster.control()
        machine_id = Path("/etc/machine-id")
        since = "2026-11-22T15:00:00.000000Z"
        directories = [one if isinstance(one, Path) else one.data for one in writers]
        document = {
            "format": 1,
            "name": "db1",
            "system_identifiers": [control["Database system identifier"]],
            "versions": [self.cluster.version],
            "segment_size_bytes": int(control["Bytes per WAL segment"]),
            "since": since,
            "writers": [
                {
                    "machine_id": machine_id.read_text(encoding="ascii").strip() if machine_id.exists() else "",
                    "hostname": os.uname().nodename,
                    "data_directory": os.path.realpath(directory),
                    "since": since,
                }
                for directory in directories
            ],
        }
        self.path.mkdir(mode=0o700, exist_ok=True)
        (self.path / "cluster.json").write_text(json.dumps(document), encoding="utf-8")
        (self.path / "cluster.json").chmod(0o600)
        for path in (self.path, self.path / "cluster.json"):
            self.os_user.own(path)

    def command(self, name: str) -> str:
        """`archive-push` or `archive-get` as PostgreSQL's setting; a percent sign of a path is doubled."""
        words = [str(self.program), name, "--cluster", "db1", "--config-directory", str(self.config_directory)]
        placeholders = " %p" if name == "archive-push" else " %f %p"
        return shlex.join(words).replace("%", "%%") + placeholders

    def turn_on(self, *, command: str = "") -> Archive:
        """Set archive_mode and archive_command, and restart where the server runs."""
        self.cluster.configure(archive_mode="on", archive_command=command or self.command("archive-push"))
        self.cluster.restart()
        return self

    def run(self, command: str, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run the program as PostgreSQL does, in the data directory."""
        argv = [self.program, command, "--cluster", "db1", "--config-directory", self.config_directory, *arguments]
        return self.os_user.run(argv, check=False, cwd=cwd or self.cluster.data)

    def popen(self, command: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start the program as PostgreSQL does, to be killed."""
        argv = [self.program, command, "--cluster", "db1", "--config-directory", self.config_directory, *arguments]
        return subprocess.Popen(
            argv,
            cwd=self.cluster.data,
            env=self.os_user.environment(),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self.os_user.popen_options(),  # type: ignore[call-overload]
        )

    def stored(self, name: str) -> list[Path]:
        """What lies in the repository for a WAL file, whatever its compression: its data, and no checksums."""
        found = (self.path / "wal").rglob(f"{name}*")
        return sorted(one for one in found if one.suffix not in (".crc32", ".backup", ".partial"))

    def leftovers(self) -> list[Path]:
        """Temporary files in the repository."""
        return sorted((self.path / "wal").rglob("*.tmp"))

    def finish_segments(self, count: int) -> list[str]:
        """Write rows and switch the segment so many times; the names of the finished segments."""
        self.cluster.sql("CREATE TABLE IF NOT EXISTS filled (batch int, payload text)")
        names = []
        for batch in range(count):
            self.cluster.sql("INSERT INTO filled SELECT %s, md5(random()::text) FROM generate_series(1, 2000)", [batch])
            names.append(self.cluster.switch_segment())
        return names

    def wait_for(self, names: list[str], *, timeout_seconds: float = 60) -> None:
        """Wait until all of these are stored."""
        self.cluster.wait_until(
            lambda: all(self.stored(name) for name in names),
            what=f"segments {names} are in the repository",
            timeout_seconds=timeout_seconds,
        )

    def assert_same(self, name: str) -> None:
        """Fetch a segment and compare it with the one that the server still keeps."""
        assert len(self.stored(name)) == 1, self.stored(name)
        target = self.cluster.base / "fetched"
        done = self.run("archive-get", name, str(target))
        assert done.returncode == 0, done.stderr
        assert target.read_bytes() == (self.cluster.data / "pg_wal" / name).read_bytes()

    def failed_count(self) -> int:
        """How many failures the server counts."""
        return int(self.cluster.value("SELECT failed_count FROM pg_stat_archiver"))

    def set_compression(self, method: str) -> None:
        """Change the configuration of the program."""
        self.configure("compression", method)

    def configure(self, key: str, value: str) -> None:
        """Change one setting of the program; an empty one is taken out."""
        path = self.config_directory / "db1.conf"
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith(f"{key} =")]
        path.write_text("\n".join([*lines, *([f"{key} = {value}"] if value else []), ""]), encoding="utf-8")
