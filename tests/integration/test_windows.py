# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where WAL is missing a window ends, the next backup begins another, and plans know both sides of the hole."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from support.restoring import Site


@pytest.fixture
def site(workbench, cluster, repository) -> Site:
    return Site.make(workbench, cluster, repository)


def stored(site: Site) -> list[Path]:
    """The stored segments of timeline 1 in order."""
    found = (site.repository / "db1" / "wal" / "00000001").rglob("*")
    return sorted(path for path in found if re.fullmatch(r"[0-9A-F]{24}(\.zst|\.lz4|\.gz)?", path.name))


def forget(site: Site, path: Path) -> str:
    """Remove a segment from the repository and from the server; its name."""
    name = path.name[:24]
    path.unlink()
    (site.cluster.data / "pg_wal" / name).unlink(missing_ok=True)
    return name


def told(site: Site) -> dict[str, Any]:
    options = {key: site.options[key] for key in ("name", "repository_path", "bin_directory")}
    return site.workbench.run_module("backup_info", options)["clusters"][0]


def moment_of(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@pytest.mark.versions(15)
def test_hole_divides_the_recoverable_time(site: Site) -> None:
    site.cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    first = site.back_up()
    site.insert(1)
    before_hole = site.moment()
    site.insert(11)
    site.archive_all()
    site.insert(2)
    in_hole = site.moment()
    site.archive_all()
    lost = stored(site)[-1]
    site.insert(3)
    site.archive_all()
    behind_hole = site.moment()
    second = site.back_up()
    site.insert(4)
    in_second = site.moment()
    site.insert(5)
    site.archive_all()
    assert [window["backup"] for window in told(site)["windows"]] == [first]

    name = forget(site, lost)
    one = told(site)

    assert [window["backup"] for window in one["windows"]] == [first, second]
    ended, resumed = one["windows"]
    (gap,) = one["gaps"]
    assert (gap["first_segment"], gap["last_segment"], gap["reason"]) == (name, name, "missing")
    assert gap["lost"]["windows"] == [{"backup": first, "timeline": 1}]
    assert (gap["lost"]["from"], gap["lost"]["to"]) == (ended["to"], resumed["from"])
    assert moment_of(before_hole) < moment_of(in_hole) < moment_of(resumed["from"])
    assert moment_of(ended["to"]) < moment_of(in_hole)
    assert any(name in sentence for sentence in one["attention"])

    for target in (in_hole, behind_hole):
        refused = site.plan(target_time=target, fails=True)
        assert refused.code == "segment-missing"
        assert name in refused["msg"]
        assert ended["to"] in refused["msg"] and resumed["from"] in refused["msg"]
    (last_before,) = re.findall(r"'pitr_restore_target_lsn: ([0-9A-F/]+)'", refused["hint"])
    assert site.plan(target_lsn=last_before)["plan"]["backup"] == first
    assert site.plan(target_time=before_hole)["plan"]["backup"] == first
    assert site.plan(target_time=in_second)["plan"]["backup"] == second


@pytest.mark.versions(15)
def test_hole_that_the_server_can_still_fill_is_told_and_filled(site: Site) -> None:
    cluster = site.cluster
    cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    site.back_up()
    for number in (1, 2, 3):
        site.insert(number)
        site.archive_all()
    lost = stored(site)[-2]
    name = lost.name[:24]
    assert told(site)["attention"] == []

    def push() -> None:
        """As the one sentence about it says."""
        (sentence,) = [each for each in told(site)["attention"] if "archive-push" in each]
        assert sentence.startswith(f"{name} is missing in the archive and still whole in '{cluster.data}/pg_wal'")
        assert f"as {cluster.os_user.name} in '{cluster.data}'" in sentence
        program, *arguments = sentence.rpartition(": ")[2].split()
        assert program == "pgpitr"
        configured = ["--config-directory", site.options["config_directory"]]
        cluster.os_user.run([site.options["agent_path"], *arguments, *configured], cwd=cluster.data)
        mended = told(site)
        assert (mended["gaps"], mended["attention"], len(mended["windows"])) == ([], [], 1)

    lost.unlink()
    push()

    # The same of one that verification finds damaged; the damaged file has to go first.
    whole = lost.read_bytes()
    lost.write_bytes(whole[: len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 0xFF]) + whole[len(whole) // 2 + 1 :])
    asked = {key: site.options[key] for key in ("name", "repository_path", "bin_directory")}
    site.workbench.run_module("backup_verify", asked, expect_failure=True)
    (sentence,) = [each for each in told(site)["attention"] if "archive-push" in each]
    assert f"{name} is damaged" in sentence and "move what the repository has of it out of there" in sentence
    lost.unlink()
    push()


@pytest.mark.versions(18)
def test_what_the_neighbours_promise_is_there(site: Site) -> None:
    """The last position before the hole is restored, and has every row from before it."""
    site.cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    site.back_up()
    for number in (1, 2, 3):
        site.insert(number)
        site.archive_all()
    forget(site, stored(site)[-2])
    refused = site.plan(target_time=site.moment(), fails=True)
    (last_before,) = re.findall(r"'pitr_restore_target_lsn: ([0-9A-F/]+)'", refused["hint"])

    site.restore(target_lsn=last_before)

    assert site.rows() == [1]
    # The window goes on along the new timeline, and the abandoned part stays missing.
    site.insert(10)
    site.archive_all()
    (window,) = [each for each in told(site)["windows"] if each["timeline"] == 2]
    assert [part["timeline"] for part in window["timeline_path"]] == [1, 2]


@pytest.mark.versions(18)
def test_end_that_cannot_be_read_is_not_made_up(site: Site) -> None:
    site.cluster.sql("CREATE TABLE t (i int PRIMARY KEY)")
    site.back_up()
    site.insert(1)
    site.archive_all()
    second = site.back_up()
    site.insert(2)
    site.archive_all()
    last = stored(site)[-1]
    content = last.read_bytes()
    last.write_bytes(content[:-8] + bytes(8))

    one = told(site)

    (window,) = one["windows"]
    ended = next(each["stop_time"] for each in one["backups"] if each["label"] == second)
    summary = one["summary"]
    assert (window["to"], summary["recoverable_to"]) == (None, None)
    assert (summary["newest_window"]["from"], summary["newest_window"]["to_at_least"]) == (window["from"], ended)
    (sentence,) = one["attention"]
    assert last.name in sentence and "is damaged" in sentence
