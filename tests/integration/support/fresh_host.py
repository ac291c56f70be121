# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that never saw the cluster, as far as one machine can be two."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from support import other_host
from support.module_run import ModuleRun
from support.restoring import Site


@dataclass(frozen=True)
class FreshHost:
    """A host with PostgreSQL's programs, and nothing else: another name, empty places, a port of its own."""

    site: Site
    base: Path
    port: int
    name: str = "fresh"

    @property
    def data(self) -> Path:
        return self.base / "its data"

    @property
    def options(self) -> dict[str, Any]:
        """The options of every module that is about the cluster there."""
        return {
            **self.site.options,
            "agent_path": str(self.base / "pgpitr"),
            "config_directory": str(self.base / "etc"),
            "data_directory": str(self.data),
            "port": self.port,
        }

    def module(self, name: str, /, *, fails: bool = False, **more: Any) -> ModuleRun:
        """Run a module there."""
        unknown = ("agent_path", "config_directory") if name in ("recovery", "writers") else ()
        options = {key: value for key, value in {**self.options, **more}.items() if key not in unknown}
        with other_host.named(self.name):
            return self.site.workbench.run_module(name, options, expect_failure=fails)

    def plan(self, *, fails: bool = False, **more: Any) -> ModuleRun:
        """What a restore there would do; to the end of the WAL where nothing else is said."""
        target = {} if any(key.startswith("target_") for key in more) else {"target_latest": True}
        return self.module("restore", fails=fails, **{"source": "db1", "state": "planned", **target, **more})

    def install(self) -> None:
        """The program, as the role does it before there is a cluster."""
        self.module("agent", without_cluster=True)

    def restore(self, **more: Any) -> ModuleRun:
        """The whole of it; what `recovery` returned."""
        self.module("restore", **{"source": "db1", "confirm": self.site.confirmation(more), **more})
        return self.module("recovery")

    @property
    def hostname(self) -> str:
        """Its name, where this test could give it one."""
        return self.name if os.geteuid() == 0 else os.uname().nodename

    def archive_all(self) -> None:
        """Switch the segment there and wait until it is in the repository."""
        ((name,),) = self.sql("SELECT pg_walfile_name(pg_switch_wal())")
        self.site.cluster.wait_until(
            lambda: bool(list((self.site.repository / "db1" / "wal").rglob(f"{name}*"))), what=f"{name} is archived"
        )

    def restored_files(self) -> list[Path]:
        """Configuration files there that others could read."""
        return [path for path in self.data.glob("*.conf") if path.stat().st_mode & 0o077]

    @contextmanager
    def origin_with(self, changes: dict[str, Any] | None) -> Iterator[None]:
        """As if the backup were from another kind of host; ``None``: an earlier release took it."""
        (path,) = (self.site.repository / "db1" / "backups").glob("*/origin.json")
        record = path.with_name("backup.json")
        before, recorded = path.read_text(), json.loads(record.read_text())
        origin = json.loads(before)
        for name, value in (changes or {}).items():
            origin[name] = {**origin[name], **value} if isinstance(value, dict) else value
        path.unlink()
        if changes is not None:
            path.write_text(json.dumps(origin))
            self.site.workbench.os_user.own(path)
        digest = None if changes is None else hashlib.sha256(path.read_bytes()).hexdigest()
        record.write_text(json.dumps({**recorded, "origin_digest": digest}))
        yield
        path.write_text(before)
        self.site.workbench.os_user.own(path)
        record.write_text(json.dumps(recorded))

    def plan_there(self, *arguments: str) -> dict[str, Any]:
        """What the program says on that host, with no controller; to the end of the WAL where nothing else is said."""
        target = () if any(each.startswith("--target") for each in arguments) else ("--latest",)
        argv = [self.options["agent_path"], "restore", "--plan", "--json", "--cluster", "db1", *target, *arguments]
        with other_host.named(self.name):
            done = self.site.cluster.os_user.run([*argv, "--config-directory", self.options["config_directory"]])
        return dict(json.loads(done.stdout))

    def rows(self) -> list[int]:
        """The rows of the test's table."""
        return [number for (number,) in self.sql("SELECT i FROM t ORDER BY i")]

    def sql(self, text: str) -> list[Any]:
        """Run SQL there."""
        socket_directory = Path(f"{self.data}/postmaster.pid").read_text(encoding="utf-8").splitlines()[4]
        user = self.site.cluster.superuser
        connection = psycopg2.connect(host=socket_directory, port=self.port, dbname="postgres", user=user)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(text)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()


def same_plan(on_host: dict[str, Any], planned: ModuleRun) -> bool:
    """Whether the program says what the module does, but for what other processes leave free meanwhile."""
    names = ("plan", "plan_text", "confirmation", "data_directory", "port", "journal", "configuration_directory")
    texts = (json.dumps([result[name] for name in names]) for result in (on_host, planned.result))
    one, other = (re.sub(r'[0-9.]+ \w+ free|"free_bytes": [0-9]+', "", text) for text in texts)
    return one == other
