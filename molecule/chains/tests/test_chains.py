# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every restore had, row by row, the content of its moment, and retention left the chain whole."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from pitr_testinfra import RUNNER, Cluster
from testinfra.host import Host

# host → its number of links behind the full backup, and the link behind which the moment of the restore in place lies
CHAINS = {"bookworm": (2, 1), "trixie": (5, 2), "forky": (5, 4)}
LINKS = [(name, link) for name, (last, _unused) in CHAINS.items() for link in range(last + 1)]


def moments(host: Host) -> list[dict[str, Any]]:
    """Each link, with its content and that of the moment behind it."""
    found: list[dict[str, Any]] = json.loads(host.file("/var/tmp/moments.json").content_string)
    return found


def words(host: Host, path: str) -> list[str]:
    """The words of a file."""
    return str(host.file(path).content_string).split()


@pytest.mark.parametrize(("name", "link"), LINKS)
def test_content_at_the_link(name: str, link: int) -> None:
    one = RUNNER.get_host(name)
    assert words(one, f"/var/tmp/content-{link}") == [moments(one)[link]["content"], "t"]


@pytest.mark.parametrize(("name", "link"), LINKS)
def test_content_behind_the_link(name: str, link: int) -> None:
    one = RUNNER.get_host(name)
    assert words(one, f"/var/tmp/content-behind-{link}") == [moments(one)[link]["content_behind"], "t"]


@pytest.mark.parametrize("name", CHAINS)
def test_content_in_place(name: str) -> None:
    one, link = RUNNER.get_host(name), CHAINS[name][1]
    assert words(one, "/var/tmp/content-in-place") == [moments(one)[link]["content_behind"], "t"]


def test_contents_differ(host: Host) -> None:
    contents = [moment[key] for moment in moments(host) for key in ("content", "content_behind")]
    assert len(set(contents)) == len(contents)


def test_types_of_backups(host: Host, main: Cluster) -> None:
    found = moments(host)
    if main.version >= 17:
        assert [moment["label"].rpartition("-")[2] for moment in found] == ["full"] + ["incremental"] * 5
        return
    assert [moment["label"].rpartition("-")[2] for moment in found] == ["full"] * 3
    assert all("PostgreSQL 17" in moment["said"] for moment in found[1:])


def test_retention_removed_what_is_older_than_the_chain(host: Host) -> None:
    before, after = words(host, "/var/tmp/backups-before"), words(host, "/var/tmp/backups-after")
    labels = [moment["label"] for moment in moments(host)]
    assert after == labels
    (gone,) = set(before) - set(after)
    assert gone < labels[0]
    assert gone in str(host.file("/var/tmp/said-rehearsal").content_string)


def test_report_has_the_chain_and_a_window_of_each_timeline(host: Host, host_name: str) -> None:
    report = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], "report.json").read_text(encoding="utf-8")
    (cluster,) = (each for each in json.loads(report) if each["name"] == host_name)
    labels = [moment["label"] for moment in moments(host)]
    assert [backup["label"] for backup in cluster["backups"]][: len(labels)] == labels
    assert all(backup["usable"] for backup in cluster["backups"])
    assert cluster["backups"][-1]["timeline"] == 2
    assert {window["timeline"] for window in cluster["windows"]} >= {1, 2}
    assert cluster["gaps"] == []


def test_server_is_active_and_archives(main: Cluster) -> None:
    assert main.is_active()
    assert main.timeline() == 2
    assert main.stored(main.archived_segment())


def test_tablespaces_lie_where_they_lay(main: Cluster) -> None:
    places = "select pg_tablespace_location(oid) from pg_tablespace where oid > 16383 order by spcname"
    assert main.rows(places).split("\n") == ["/tablespaces/archive", "/tablespaces/with a space"]
