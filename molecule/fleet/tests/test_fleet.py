# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Twelve clusters in one run: one fails, the others go on, and the summary says so."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from pitr_testinfra import Cluster
from testinfra.host import Host

EPHEMERAL = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])
NAMES = [f"db{number}" for number in range(1, 13)]
RESTORED = {"db1", "db2", "db4"}


def failed_in(run: str) -> set[str]:
    """The names that the run's summary counts as failed."""
    said = (EPHEMERAL / f"said-{run}").read_text(encoding="utf-8")
    return set(re.findall(r"^(db\d+) .*\bfailed=[1-9]", said, flags=re.MULTILINE))


def test_one_failed_and_the_summary_names_it() -> None:
    assert failed_in("backup") == {"db6"}


def test_restore_of_all_is_refused_for_each() -> None:
    assert failed_in("refused") == set(NAMES)


def test_restore_of_four_touched_none_while_one_could_not_be() -> None:
    assert failed_in("held_back") == {"db1", "db2", "db3", "db4"}
    said = (EPHEMERAL / "said-held_back").read_text(encoding="utf-8")
    assert "1 failed, 3 not run" in said and "Unpack beside the cluster" not in said


def test_restore_of_four_failed_for_one_and_opened_the_others(clusters: dict[str, Cluster], host_name: str) -> None:
    assert failed_in("restored") == {"db3"}
    cluster = clusters[host_name.replace("db", "c")]
    assert cluster.timeline() == (2 if host_name in RESTORED else 1)
    assert cluster.ask("select count(*) from event") == "1000"


def test_each_has_its_own_backups(host: Host, host_name: str) -> None:
    # A restored cluster has taken its first backup on the new timeline.
    expected = 3 if host_name in RESTORED else 2
    assert len(host.check_output("ls /srv/pitr/%s/backups", host_name).split()) == expected


def test_report_has_every_cluster() -> None:
    report = json.loads((EPHEMERAL / "report.json").read_text(encoding="utf-8"))
    clusters = report["clusters"] if isinstance(report, dict) else report
    assert sorted(cluster["name"] for cluster in clusters) == sorted(NAMES)
    assert len({cluster["system_identifier"] for cluster in clusters}) == len(NAMES)


def test_each_archives_into_its_own_folder(clusters: dict[str, Cluster], host_name: str) -> None:
    cluster = clusters[host_name.replace("db", "c")]
    assert cluster.is_active()
    assert cluster.stored(cluster.archived_segment())
