# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What systemd ran is in the catalogue and the journal; a standby leaves its turn; times change and timers go."""

from __future__ import annotations

import json
from typing import Any

from pitr_testinfra import Cluster
from testinfra.host import Host

HOSTS = "db1"
JOBS = ("full", "incremental", "verify", "expire")


def journal(host: Host, job: str, *, name: str = "db1") -> list[str]:
    """What the job's program has said, line by line."""
    command = "journalctl --output=cat --unit=%s SYSLOG_IDENTIFIER=pgpitr"
    return str(host.check_output(command, f"pgpitr-{job}-{name}.service")).splitlines()


def properties(host: Host, unit: str, *names: str) -> dict[str, str]:
    """What systemd says of a unit."""
    shown = host.check_output("systemctl show --property=%s %s", ",".join(names), unit)
    return dict(line.split("=", 1) for line in shown.splitlines())


def catalogue(host: Host) -> dict[str, Any]:
    """What the program tells of the primary."""
    (told,) = json.loads(host.check_output("runuser -u postgres -- pgpitr info --cluster db1 --json"))
    return dict(told)


def test_backups_of_timers_and_of_ansible_are_in_one_catalogue(host: Host) -> None:
    told = catalogue(host)

    assert [backup["type"] for backup in told["backups"]] == ["full", "full", "incremental"]
    assert told["backups"][2]["parent"] == told["backups"][1]["label"]
    assert told["gaps"] == []
    assert host.check_output("stat -c %%U /srv/pitr/db1/backups/%s", told["backups"][2]["label"]) == "postgres"


def test_journal_says_what_was_done_and_why(host: Host) -> None:
    labels = [backup["label"] for backup in catalogue(host)["backups"]]

    why, taken = journal(host, "full")
    assert why.startswith("take a full backup: the newest backup")
    assert taken.startswith(f"{labels[1]}: ") and taken.endswith("every file verified")
    why, taken = journal(host, "incremental")[:2]
    assert why.startswith(f"take an incremental backup: it builds on '{labels[1]}'")
    assert taken.startswith(f"{labels[2]}: ")
    (verified,) = journal(host, "verify")
    assert verified.startswith("db1: ok, read 3 backups")
    assert journal(host, "expire")[0].startswith("db1: 3 backups kept, 0 backups and ")


def test_job_whose_server_is_down_fails_and_says_so(host: Host, clusters: dict[str, Cluster]) -> None:
    unit = "pgpitr-incremental-db1.service"

    assert any("[server-down]" in line for line in journal(host, "incremental")[2:])
    assert properties(host, unit, "ActiveState", "ExecMainStatus") == {"ActiveState": "failed", "ExecMainStatus": "1"}
    assert clusters["main"].is_active()


def test_standby_leaves_its_turn_to_its_primary(host: Host) -> None:
    for job in JOBS:
        (line,) = journal(host, job, name="db2")
        assert "skipped: the cluster is a standby" in line
    assert host.check_output("ls /srv/pitr/db2/backups") == ""


def test_drop_in_for_all_services_counts(host: Host) -> None:
    assert properties(host, "pgpitr-expire-db1.service", "OnFailure") == {"OnFailure": "alarm.service"}


def test_other_times_count_at_once(host: Host) -> None:
    names = ("UnitFileState", "ActiveState", "TimersCalendar", "RandomizedDelayUSec", "Persistent", "NeedDaemonReload")
    told = properties(host, "pgpitr-full-db1.timer", *names)

    assert "OnCalendar=Mon *-*-* 03:00:00" in told["TimersCalendar"] and "Mon " in told["TimersCalendar"].split(";")[1]
    del told["TimersCalendar"]
    assert told == {
        "UnitFileState": "enabled",
        "ActiveState": "active",
        "RandomizedDelayUSec": "0",
        "Persistent": "yes",
        "NeedDaemonReload": "no",
    }


def test_time_that_comes_starts_the_job(host: Host) -> None:
    assert len(journal(host, "expire")) > 1
    assert properties(host, "pgpitr-expire-db1.timer", "LastTriggerUSec")["LastTriggerUSec"] != ""


def test_timers_are_listed_but_for_those_that_nobody_wants(host: Host) -> None:
    listed = host.check_output("systemctl list-timers --all --plain --no-legend 'pgpitr-*'")

    assert {word for word in listed.split() if word.endswith(".timer")} == {
        f"pgpitr-{job}-db1.timer" for job in JOBS if job != "verify"
    }
    there = host.check_output("ls /etc/systemd/system /etc/systemd/system/timers.target.wants").split()
    assert not [name for name in there if name.startswith("pgpitr-") and ("db2" in name or "verify" in name)]


def test_service_runs_as_the_clusters_user(host: Host) -> None:
    names = ("User", "Group", "RequiresMountsFor", "After", "TimeoutStartUSec")
    told = properties(host, "pgpitr-full-db1.service", *names)

    assert "postgresql@17-main.service" in told.pop("After").split()
    assert told.pop("RequiresMountsFor").split()[0] == "/srv/pitr"
    assert told == {"User": "postgres", "Group": "postgres", "TimeoutStartUSec": "infinity"}
    assert host.run("systemd-analyze verify /etc/systemd/system/pgpitr-*.service").stderr == ""
