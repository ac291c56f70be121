# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A standby goes on while its repository is away or lacks what a slot still has; damage and targets stop it."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from support.archive import Archive
from support.cluster import Cluster
from support.workbench import Workbench

pytestmark = pytest.mark.versions(15, 18)


class Pair:
    """A primary that archives, and a standby that streams and fetches."""

    def __init__(self, archive: Archive, standby: Cluster) -> None:
        self.archive = archive
        self.primary = archive.cluster
        self.standby = standby
        self.primary.sql("CREATE TABLE rows (number int)")
        self.primary.sql("SELECT pg_create_physical_replication_slot('standby', true)")
        standby.stop()
        standby.follow(self.primary)
        self.configure(primary_slot_name="standby", restore_command=archive.command("archive-get"))

    def configure(self, **settings: str) -> None:
        self.standby.configure(**settings)
        self.standby.restart()

    def insert(self, number: int) -> str:
        """Commit a row in a segment of its own, and wait until that is archived; its name."""
        self.primary.sql("INSERT INTO rows VALUES (%s)", [number])
        name = self.primary.switch_segment()
        self.archive.wait_for([name])
        return name

    def move_repository(self) -> None:
        self.archive.repository.rename(self.archive.repository.with_name("away"))

    def bring_back_repository(self) -> None:
        self.archive.repository.with_name("away").rename(self.archive.repository)

    def wait_for_log(self, text: str) -> None:
        self.standby.wait_until(lambda: self.standby.log_contains(text), what=f"the standby's log has {text}")

    def assert_followed(self, *numbers: int) -> None:
        """The standby has these rows, and is one still."""
        self.standby.wait_until(
            lambda: self.standby.column("SELECT number FROM rows ORDER BY number") == [*numbers],
            what=f"the standby has {numbers}: {self.standby.log_tail(15)}",
        )
        assert self.standby.value("SELECT pg_is_in_recovery()")

    def assert_given_up(self, text: str) -> None:
        """The standby shuts down, for the reason in its log."""
        self.wait_for_log(text)
        self.standby.wait_until(lambda: not self.standby.is_running(), what="the standby gave up")


@pytest.fixture
def pair(make_cluster: Callable[..., Cluster], workbench: Workbench) -> Pair:
    archive = Archive(workbench, make_cluster()).install().turn_on()
    return Pair(archive, make_cluster())


def test_repository_that_is_away_stops_no_standby(pair: Pair) -> None:
    pair.insert(1)
    pair.assert_followed(1)
    pair.move_repository()
    # It asks the archive as soon as it cannot stream.
    pair.primary.stop(mode="immediate")
    pair.wait_for_log("[repository-missing]")
    pair.primary.start()
    pair.primary.sql("INSERT INTO rows VALUES (2)")
    pair.assert_followed(1, 2)
    pair.bring_back_repository()
    pair.insert(3)
    pair.assert_followed(1, 2, 3)


@pytest.mark.versions(15)
def test_standby_starts_while_the_repository_is_away(pair: Pair) -> None:
    pair.insert(1)
    pair.standby.stop()
    pair.move_repository()
    pair.primary.sql("INSERT INTO rows VALUES (2)")
    pair.standby.start()
    pair.wait_for_log("[repository-missing]")
    pair.assert_followed(1, 2)


@pytest.mark.versions(18)
def test_standby_that_only_fetches_waits_for_a_repository_that_may_not_be_read(pair: Pair) -> None:
    pair.insert(1)
    pair.assert_followed(1)
    pair.standby.sql("ALTER SYSTEM RESET primary_conninfo")
    os.chmod(pair.archive.path, 0)
    pair.archive.os_user.own(pair.archive.path)
    try:
        pair.standby.restart()
        pair.wait_for_log("pgpitr: ")
    finally:
        os.chmod(pair.archive.path, 0o700)
    pair.insert(2)
    pair.assert_followed(1, 2)


@pytest.mark.versions(15)
def test_segments_that_only_a_slot_has_are_streamed(pair: Pair) -> None:
    pair.insert(1)
    pair.assert_followed(1)
    pair.standby.stop()
    expired = [pair.insert(number) for number in (2, 3)]
    pair.insert(4)
    for name in expired:
        for path in pair.archive.stored(name):
            path.unlink()
    pair.standby.start()
    pair.assert_followed(1, 2, 3, 4)
    assert pair.standby.log_contains("[segment-hole]")


@pytest.mark.versions(18)
def test_damaged_segment_stops_a_standby(pair: Pair) -> None:
    pair.insert(1)
    pair.assert_followed(1)
    pair.standby.stop()
    (path,) = pair.archive.stored(pair.insert(2))
    path.write_bytes(path.read_bytes()[:100])
    pair.standby.start(wait=False)
    pair.assert_given_up("[segment-damaged]")


@pytest.mark.versions(18)
def test_standby_with_a_target_never_ends_before_it(pair: Pair) -> None:
    pair.insert(1)
    pair.standby.sql("ALTER SYSTEM RESET primary_conninfo")
    pair.standby.stop()
    pair.standby.configure(recovery_target_name="never")
    pair.move_repository()
    pair.standby.start(wait=False)
    pair.assert_given_up("[repository-missing]")
