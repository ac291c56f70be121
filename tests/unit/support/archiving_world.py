# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster with its configuration file, archiver and repository, as far as setting up archiving looks at them."""

from __future__ import annotations

import getpass
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.request import ArchiveRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.settings import SETTINGS
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.repository import Repository
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.archiving.setup import ArchiveSetup
from fake_runner import FakeRunner
from registered_cluster import SEGMENT_BYTES, SYSTEM_IDENTIFIER, segment_content
from sample_cluster import sample_cluster
from scripted_server import Rows, ScriptedServer

NOON = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)
_FRESH = {
    "wal_level": "replica",
    "archive_mode": "on",
    "archive_command": "",
    "archive_library": "",
    "archive_timeout": "0",
    "max_wal_senders": "10",
}


class ArchivingWorld(FakeRunner):
    """Version 15, archiving to nowhere. It writes its next record into segment 3."""

    def __init__(self, directory: Path, **in_force: str) -> None:
        self.data = directory / "data"
        (self.data / "pg_wal" / "archive_status").mkdir(parents=True)
        self.config = self.data / "postgresql.conf"
        self.config.write_text("port = 5432\n", encoding="utf-8")
        (directory / "repository").mkdir(mode=0o700)
        self.program = directory / "pgpitr"
        self.program.write_text("#!/bin/sh\n", encoding="utf-8")
        self.program.chmod(0o755)
        (directory / "db1.conf").write_text("", encoding="utf-8")
        self.request = ArchiveRequest("db1", str(self.program), str(directory), proof_timeout_seconds=5)
        self.cluster = sample_cluster(
            str(self.data),
            os_user=getpass.getuser(),
            system_identifier=SYSTEM_IDENTIFIER,
            segment_size=SegmentSize(SEGMENT_BYTES),
        )
        self.repository = Repository(str(directory / "repository"))
        self.folder = self.repository.cluster("db1")
        self.in_force = {**_FRESH, **in_force}
        self.in_recovery = False
        self.last_archived: str | None = None
        self.loads = 0
        self.pending: set[str] = set()
        self.asked: list[str] = []

    def setup(self, **changes: Any) -> ArchiveSetup:
        """The operation, with another request where that is said."""
        request = replace(self.request, **changes)
        return ArchiveSetup(request, self.cluster, self.repository, self.folder, runner=self, connect=self.connect)

    def answer(self, argv: tuple[str, ...]) -> Result:
        self.asked.append(argv[1])
        if argv[1] == "reload":
            self.loads += 1
            written = dict(self._lines())
            at_once = {name: value for name, value in written.items() if SETTINGS[name].context == "sighup"}
            self.in_force.update(at_once)
            self.pending = {name for name in written if self.in_force[name] != written[name]}
        return Result(argv, 0, "", "")

    def connect(self) -> ScriptedServer:
        return ScriptedServer(
            {
                "rolsuper": [(True,)],
                "pg_is_in_recovery": lambda: [(self.in_recovery,)],
                "pg_control_checkpoint": [(1,)],
                "pg_settings": self._settings,
                "pg_file_settings": self._file_settings,
                "pg_conf_load_time": lambda: [(NOON + timedelta(seconds=self.loads),)],
                "pg_stat_archiver": lambda: [
                    (1, self.last_archived, NOON if self.last_archived else None, 0, None, None)
                ],
                "pg_logical_emit_message": [("0/300100",)],
                "pg_create_restore_point": [("0/300100", NOON)],
                "clock_timestamp": [(NOON,)],
                "pg_walfile_name": [("000000010000000000000003",)],
                "pg_switch_wal": self._archive,
            }
        )

    def _settings(self) -> Rows:
        return [
            (
                name,
                SETTINGS[name].context if name in SETTINGS else "sighup",
                value,
                "default",
                value,
                name in self.pending,
            )
            for name, value in self.in_force.items()
        ]

    def _file_settings(self) -> Rows:
        path = str(self.config)
        return [(path, number, name, value, None) for number, (name, value) in enumerate(self._lines(), start=2)]

    def _lines(self) -> list[tuple[str, str]]:
        lines = self.config.read_text(encoding="utf-8").splitlines()[1:]
        pairs = (line.partition("=") for line in lines if "=" in line)
        return [(name.strip(), value.strip().strip("'")) for name, _equals, value in pairs]

    def _archive(self) -> Rows:
        path = self.data / "pg_wal" / "000000010000000000000003"
        path.write_bytes(segment_content(3))
        self.folder.store_wal(str(path), data_directory=str(self.data), compression="none")
        self.last_archived = path.name
        return []
