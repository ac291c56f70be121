# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A primary that could not archive dies, and the standby that is promoted has its WAL: none of it is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.archiving import repository_options
from support.cluster import Cluster
from support.restoring import Site
from support.workbench import Workbench

pytestmark = pytest.mark.versions(15, 18)


class Promoted:
    """The standby after its promotion, and the segments that its primary never archived."""

    def __init__(self, site: Site, standby: Cluster) -> None:
        self.primary, self.standby = site.cluster, standby
        self.workbench, self.repository = site.workbench, site.repository
        self.primary.sql("CREATE TABLE t (i int)")
        site.back_up(type="full")
        standby.stop()
        standby.follow(self.primary)
        # Without it, the checkpoint at the end of the promotion removes them.
        standby.configure(wal_keep_size="1GB")
        standby.reload()
        self.primary.configure(archive_command="false")
        self.primary.reload()
        self.segments = []
        for number in (1, 2, 3):
            self.primary.sql("INSERT INTO t VALUES (%s)", [number])
            self.segments.append(self.primary.switch_segment())
        self.primary.sql("INSERT INTO t VALUES (4)")
        standby.wait_until(lambda: len(standby.column("SELECT i FROM t")) == 4, what="the standby has every row")
        self.primary.stop(mode="immediate")
        standby.sql("SELECT pg_promote()")
        standby.wait_until(lambda: not standby.value("SELECT pg_is_in_recovery()"), what="the promotion")
        self.options = repository_options(self.workbench, standby, repository=self.repository)

    def archive(self, **more: Any) -> Any:
        return self.workbench.run_module("wal_archive", {**self.options, "archive_timeout_seconds": 3600}, **more)

    def stored(self, name: str) -> list[Path]:
        return [path for path in (self.repository / "db1" / "wal").rglob(f"{name}*") if path.suffix != ".crc32"]

    def attention(self) -> str:
        known = {key: self.options[key] for key in ("name", "repository_path", "bin_directory")}
        return "; ".join(self.workbench.run_module("backup_info", known)["clusters"][0]["attention"])


@pytest.fixture
def promoted(
    workbench: Workbench, cluster: Cluster, make_cluster: Callable[..., Cluster], repository: Path
) -> Promoted:
    return Promoted(Site.make(workbench, cluster, repository), make_cluster())


def test_archive_stores_what_only_the_promoted_standby_has(promoted: Promoted) -> None:
    assert not any(promoted.stored(name) for name in promoted.segments)
    rehearsed = promoted.archive(check=True)
    assert all(name in rehearsed["diff"]["after"] for name in promoted.segments)
    assert promoted.archive().changed
    assert all(promoted.stored(name) for name in promoted.segments)
    assert not promoted.archive().changed
    assert "only in" not in promoted.attention()
    known = {key: promoted.options[key] for key in ("name", "repository_path", "bin_directory")}
    one = promoted.workbench.run_module("backup_info", known)["clusters"][0]
    assert one["gaps"] == []
    assert [each["timeline"] for each in one["windows"][-1]["timeline_path"]] == [1, 2]


@pytest.mark.versions(18)
def test_report_names_the_lack_and_backup_ends_it(promoted: Promoted) -> None:
    promoted.archive()
    lost = promoted.segments[1:]
    for name in lost:
        for path in promoted.stored(name):
            path.unlink()
    said = promoted.attention()
    assert lost[0] in said and lost[-1] in said
    promoted.workbench.run_module("base_backup", {**promoted.options, "type": "full"})
    assert all(promoted.stored(name) for name in lost)
    assert lost[0] not in promoted.attention()


@pytest.mark.versions(18)
def test_what_is_still_written_is_left_to_the_archiver(promoted: Promoted) -> None:
    promoted.archive()
    current = promoted.standby.value("SELECT pg_walfile_name(pg_current_wal_insert_lsn())")
    promoted.standby.sql("INSERT INTO t VALUES (5)")
    assert current == promoted.standby.value("SELECT pg_walfile_name(pg_current_wal_insert_lsn())")
    assert not promoted.archive().changed
    assert not promoted.stored(current)
    assert "only in" not in promoted.attention()
    before = promoted.standby.switch_segment()
    promoted.standby.wait_until(lambda: bool(promoted.stored(before)), what="the archiver stores what is finished")


@pytest.mark.versions(18)
def test_second_standby_has_what_two_primaries_never_archived(promoted: Promoted, make_cluster: Any) -> None:
    """The first standby dies as well before it archives anything: its timeline is only in the second one."""
    second = make_cluster().stop().follow(promoted.standby)
    second.configure(wal_keep_size="1GB")
    second.reload()
    promoted.standby.sql("INSERT INTO t VALUES (5)")
    on_two = promoted.standby.switch_segment()
    promoted.standby.sql("INSERT INTO t VALUES (6)")
    second.wait_until(lambda: len(second.column("SELECT i FROM t")) == 6, what="the second standby has every row")
    promoted.standby.stop(mode="immediate")
    second.sql("SELECT pg_promote()")
    second.wait_until(lambda: not second.value("SELECT pg_is_in_recovery()"), what="the second promotion")
    assert on_two.startswith("00000002")

    promoted.options = repository_options(promoted.workbench, second, repository=promoted.repository)
    promoted.archive()
    assert promoted.stored(on_two)
    assert all(promoted.stored(f"{timeline:08X}.history") for timeline in (2, 3))
    assert "only in" not in promoted.attention()
