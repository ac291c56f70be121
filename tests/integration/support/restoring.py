# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster with archiving on and a backup, rows at known places, and restores of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.archiving import archive, repository_options
from support.cluster import Cluster
from support.module_run import ModuleRun
from support.workbench import Workbench

_CLOCK = "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00:00'"


@dataclass
class Site:
    """One archived cluster and the options that every module call for it shares."""

    workbench: Workbench
    cluster: Cluster
    repository: Path
    options: dict[str, Any]

    @classmethod
    def make(cls, workbench: Workbench, cluster: Cluster, repository: Path, *, name: str = "db1") -> Site:
        """Archiving on; no backup yet."""
        archive(workbench, cluster, repository=repository, name=name)
        return cls(
            workbench, cluster, repository, repository_options(workbench, cluster, repository=repository, name=name)
        )

    @property
    def recovery_options(self) -> dict[str, Any]:
        """Options of the module recovery."""
        return {key: value for key, value in self.options.items() if key not in ("agent_path", "config_directory")}

    def back_up(self, **more: Any) -> str:
        """Take a backup; its label."""
        return str(self.workbench.run_module("base_backup", {**self.options, **more})["backup"]["label"])

    def moment(self) -> str:
        """The server's clock between two pauses, so that no commit is at the very moment."""
        self.cluster.sql("SELECT pg_sleep(0.02)")
        moment = self.cluster.value(_CLOCK)
        self.cluster.sql("SELECT pg_sleep(0.02)")
        return str(moment)

    def rows(self) -> list[int]:
        """The rows of the test's table."""
        return self.cluster.column("SELECT i FROM t ORDER BY i")

    def insert(self, number: int) -> tuple[str, str]:
        """Commit one row; the transaction's id and the position before which its commit lies."""
        connection = self.cluster.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute("BEGIN; SELECT pg_current_xact_id()::text")
                xid = str(cursor.fetchall()[0][0])
                cursor.execute("INSERT INTO t VALUES (%s); COMMIT", (number,))
                cursor.execute("SELECT pg_current_wal_insert_lsn()::text")
                return xid, str(cursor.fetchall()[0][0])
        finally:
            connection.close()

    def archive_all(self) -> None:
        """Switch the segment and wait until it is in the repository."""
        name = self.cluster.switch_segment()
        self.cluster.wait_until(
            lambda: bool(list((self.repository / "db1" / "wal").rglob(f"{name}*"))), what=f"{name} is archived"
        )

    def plan(self, *, fails: bool = False, **target: Any) -> ModuleRun:
        """What a restore would do."""
        return self.workbench.run_module(
            "restore", {**self.options, "state": "planned", **target}, expect_failure=fails
        )

    def stage(self, *, fails: bool = False, **target: Any) -> ModuleRun:
        """Restore in place up to the start of the recovery, confirmed."""
        confirm = target.pop("confirm", None) or self.confirmation(target)
        return self.workbench.run_module(
            "restore", {**self.options, "confirm": confirm, **target}, expect_failure=fails
        )

    def recover(self, *, fails: bool = False, **more: Any) -> ModuleRun:
        """Bring the staged recovery to its end."""
        return self.workbench.run_module("recovery", {**self.recovery_options, **more}, expect_failure=fails)

    def restore(self, **target: Any) -> ModuleRun:
        """The whole restore in place; what `recovery` returned."""
        self.stage(**target)
        return self.recover()

    def roll_back(self, *, fails: bool = False, check: bool = False, **more: Any) -> ModuleRun:
        """Bring the old cluster back."""
        options = {**self.options, "state": "rolled_back", "confirm": "db1@rollback", **more}
        return self.workbench.run_module("restore", options, expect_failure=fails, check=check)

    def timeline(self) -> int:
        """The timeline of the cluster's last checkpoint."""
        return int(self.cluster.control()["Latest checkpoint's TimeLineID"])

    def newest_timeline(self) -> int:
        """The newest timeline that the archive has a history of; 1 without any."""
        histories = (self.repository / "db1" / "wal").rglob("*.history")
        return max((int(path.name[:8], 16) for path in histories), default=1)

    @property
    def journal(self) -> Path:
        """The journal of the last restore in place."""
        return Path(f"{self.cluster.data}.pitr-journal.json")

    def assert_old_cluster_is_back(self) -> None:
        """All rows of :func:`lay_out` are there, on the newest timeline, and nothing of a restore is left."""
        assert self.rows() == [0, 1, 2, 3, 4, 5]
        assert self.cluster.value("SELECT NOT pg_is_in_recovery()")
        assert self.timeline() == self.newest_timeline()
        assert not self.journal.exists()
        assert not Path(f"{self.cluster.data}.pitr-old").exists()

    @staticmethod
    def confirmation(target: dict[str, Any]) -> str:
        """The text that confirms a restore to this target."""
        for kind in ("latest", "immediate"):
            if target.get(f"target_{kind}"):
                return f"db1@{kind}"
        kinds = ("time", "lsn", "xid", "name")
        return "db1@" + next(str(target[f"target_{kind}"]) for kind in kinds if f"target_{kind}" in target)


@dataclass(frozen=True)
class SearchPaths:
    """Where the rows of the usual set-up lie: a moment after row 1; transaction, position and name of row 2."""

    moment: str
    xid: str
    lsn: str
    name: str

    def target(self, kind: str, *, inclusive: bool = True) -> dict[str, Any]:
        """Options of the module restore for the target of this kind."""
        if kind in ("latest", "immediate"):
            return {f"target_{kind}": True}
        value = {"time": self.moment, "xid": self.xid, "lsn": self.lsn, "name": self.name}[kind]
        return {f"target_{kind}": value, **({} if inclusive else {"target_inclusive": False})}


def lay_out(site: Site) -> SearchPaths:
    """Row 0, a backup, rows 1 to 5 with a moment after 1, a restore point after 2, and a segment each for 3, 4, 5."""
    site.cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    site.insert(0)
    site.back_up()
    site.insert(1)
    moment = site.moment()
    xid, lsn = site.insert(2)
    site.cluster.sql("SELECT pg_create_restore_point('rp1')")
    for number in (3, 4, 5):
        site.insert(number)
        site.archive_all()
    return SearchPaths(moment, xid, lsn, "rp1")
