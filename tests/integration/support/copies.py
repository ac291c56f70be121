# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies that a restore makes beside a site's cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from support.module_run import ModuleRun
from support.ports import PortLease
from support.restoring import Site

STATEMENT_SECONDS = 20


@dataclass(frozen=True)
class Copy:
    """A copy's place, and what it says once it runs."""

    site: Site
    directory: Path
    port: int

    @property
    def options(self) -> dict[str, Any]:
        """The options that say where the copy is."""
        return {"restore_data_directory": str(self.directory), "restore_port": self.port}

    def plan(self, *, fails: bool = False, **options: Any) -> ModuleRun:
        """What making it would do; at the end of the WAL where nothing else is said."""
        return self.site.plan(fails=fails, **{"target_latest": True, **self.options, **options})

    def make(self, **options: Any) -> ModuleRun:
        """Make it and open it; the result of the module restore."""
        wanted = {**self.site.options, "target_latest": True, **self.options, **options}
        staged = self.site.workbench.run_module("restore", wanted)
        self.site.recover(**self.options)
        return staged

    def sql(self, text: str) -> list[Any]:
        """Run SQL in the copy; the rows, or an empty list where there are none."""
        cluster = self.site.cluster
        connection = psycopg2.connect(
            host=str(cluster.socket_directory), port=self.port, dbname="postgres", user=cluster.superuser
        )
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, false)", [f"{STATEMENT_SECONDS}s"])
                cursor.execute(text)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def shown(self, name: str) -> str:
        """A setting in force."""
        ((value,),) = self.sql(f"SHOW {name}")
        return str(value)

    def assert_shows(self, settings: Mapping[str, str]) -> None:
        """These settings are in force."""
        assert {name: self.shown(name) for name in settings} == settings


@contextmanager
def copy_beside(site: Site, name: str = "copy") -> Iterator[Copy]:
    """A place for a copy; its port is leased as long."""
    lease = PortLease.take()
    try:
        yield Copy(site, site.cluster.base / name, lease.port)
    finally:
        lease.release()


__all__ = ("STATEMENT_SECONDS", "Copy", "copy_beside")
