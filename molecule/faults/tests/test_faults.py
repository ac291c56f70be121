# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No fault lost a committed row, and each was named by the run that met it."""

from __future__ import annotations

import re

import pytest
from pitr_testinfra import RUNNER, Cluster, clusters_of
from testinfra.host import Host

UNTOUCHED = re.compile("1400 rows, timeline 00000001, false")
# On trixie a restore may have been seen through, and rolled back onto a timeline of its own.
ROLLED_BACK = re.compile("1400 rows, timeline 0000000[13], false")


@pytest.fixture
def bookworm() -> Cluster:
    """The cluster whose pushes were killed and whose host lost its power."""
    return clusters_of(RUNNER.get_host("bookworm"), host_name="bookworm")["main"]


def said(host: Host, fault: str) -> str:
    """What the run that met the fault printed."""
    return str(host.file(f"/var/tmp/said-{fault}").content_string)


@pytest.mark.parametrize(
    ("name", "fault", "expected"),
    [
        ("trixie", "kill-new", UNTOUCHED),
        ("trixie", "kill-old", ROLLED_BACK),
        ("trixie", "disk-full", ROLLED_BACK),
        ("forky", "segment-missing", UNTOUCHED),
        ("forky", "byte-damaged", UNTOUCHED),
        ("forky", "segment-foreign", UNTOUCHED),
        ("forky", "repository-gone", UNTOUCHED),
    ],
)
def test_cluster_is_as_it_was_after_a_restore_that_failed(name: str, fault: str, expected: re.Pattern[str]) -> None:
    assert expected.fullmatch(RUNNER.get_host(name).file(f"/var/tmp/after-{fault}").content_string.strip())


@pytest.mark.parametrize("fault", ["segment-missing", "byte-damaged", "segment-foreign"])
def test_segment_is_named_where_it_cannot_be_used(fault: str) -> None:
    *message, segment = said(RUNNER.get_host("forky"), fault).strip().split("\n")
    assert segment in "\n".join(message)


def test_segment_of_another_cluster_is_not_archived() -> None:
    forky = RUNNER.get_host("forky")
    assert "exit code 1" in said(forky, "push-foreign")
    assert not forky.check_output("find /srv/pitr/forky/wal -name '*000000F0*'")


def test_full_disk_is_named_before_anything_is_done() -> None:
    assert "/small" in said(RUNNER.get_host("trixie"), "disk-full")


def test_killed_backup_left_nothing_that_looks_like_one() -> None:
    trixie = RUNNER.get_host("trixie")
    assert len(trixie.file("/var/tmp/backups-after-kill").content_string.split()) == 1
    left = set(trixie.check_output("ls -A /srv/pitr/trixie/backups").split()) - {".lock", ".hold.lock"}
    # That of the first playbook, the one after the kill, and one behind a restore that was seen through.
    assert len(left) in (2, 3)
    assert not [name for name in left if name.startswith(".")]


def test_pushes_were_killed_and_every_segment_is_whole(bookworm: Cluster) -> None:
    host = bookworm.host
    assert int(host.file("/var/tmp/killed-pushes").content_string) > 0
    stored = "find /srv/pitr/bookworm/wal -regex '.*/[0-9A-F]+[.]zst'"
    assert set(host.check_output(f"{stored} -exec sh -c 'zstd -dc {{}} | wc -c' ';'").split()) == {"16777216"}


def test_no_file_had_its_name_before_it_was_whole(bookworm: Cluster) -> None:
    assert bookworm.host.check_output("ls /var/tmp/looked-at")
    assert bookworm.host.file("/var/tmp/not-whole").content_string == ""


def test_no_segment_is_missing(bookworm: Cluster) -> None:
    stored = "find /srv/pitr/bookworm/wal -regex '.*/[0-9A-F]+[.]zst' -printf '%f\\n'"
    names = sorted(bookworm.host.check_output(stored).split())
    timelines = sorted({name[:8] for name in names})
    assert timelines[0] == "00000001"
    for timeline in timelines:
        found = [name for name in names if name.startswith(timeline)]
        numbers = [int(name[8:16], 16) * 256 + int(name[16:24], 16) for name in found]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), timeline


def test_power_cut_lost_no_committed_row(bookworm: Cluster) -> None:
    last = int(bookworm.host.file("/var/tmp/committed").content_string)
    assert int(bookworm.ask("select max(id) from event")) >= last
    assert bookworm.ask(f"select count(*) from event where id between 2000 and {last}") == str(last - 1999)


def test_host_that_crashed_in_a_restore_brought_its_cluster_back_by_itself() -> None:
    """Before the swap the old one, behind it the restored one at its target; the next run tells which."""
    host = RUNNER.get_host("bookworm")
    for moment, expected, told in (
        ("swapping", host.file("/var/tmp/before-crash-swapping").content_string.strip(), "2\n"),
        ("swapped", "1000 rows", "0\n"),
    ):
        enabled, unit = host.file(f"/var/tmp/guard-{moment}").content_string.strip().split("\n")
        assert enabled == "enabled" and " active " in unit, moment
        found = host.file(f"/var/tmp/after-crash-{moment}").content_string
        assert found.startswith(f"{expected}, timeline ") and found.strip().endswith(", false"), (moment, found)
        assert said(host, f"crash-{moment}").startswith(told), moment
    assert host.file("/var/lib/pgpitr/guards").listdir() == ["lock"]


def test_archiving_goes_on_everywhere(main: Cluster) -> None:
    assert main.is_active()
    assert main.stored(main.archived_segment())
