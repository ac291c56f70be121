# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The units of a cluster's jobs."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.schedule.job import JOBS
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.schedule.units import (
    UnitOwner,
    service_unit,
    timer_unit,
    unit_name,
)

POSTGRES = UnitOwner("db1", "postgres", "postgres", "/srv/pitr", "postgresql@17-main.service")


def test_names_of_units_are_those_of_the_clusters() -> None:
    names = {unit_name(job, cluster_name="db-1.a_B", kind=kind) for job in JOBS for kind in ("service", "timer")}

    assert len(names) == 10
    assert "pgpitr-verify-db-1.a_B.timer" in names
    assert max(map(len, (unit_name(job, cluster_name="x" * 128, kind="service") for job in JOBS))) <= 255


def test_service_runs_as_the_clusters_user_where_its_repository_is() -> None:
    owner = UnitOwner("db1", "postgres", "dba", "/srv/my backups/100%", "postgresql@17-main.service")

    unit = service_unit("full", owner=owner, command=["/opt/pg pitr", "backup"])

    lines = unit.text.splitlines()
    assert unit.name == "pgpitr-full-db1.service"
    assert lines[1:5] == [
        "[Unit]",
        "Description=Full base backup of the PostgreSQL cluster db1",
        'RequiresMountsFor="/srv/my backups/100%%"',
        "After=postgresql@17-main.service",
    ]
    for line in ("Type=oneshot", "User=postgres", "Group=dba", 'ExecStart="/opt/pg pitr" backup'):
        assert line in lines
    assert "TimeoutStartSec=infinity" in lines and "NoNewPrivileges=true" in lines
    # The repository, the sockets (/tmp too) and the data directory may lie anywhere.
    assert not any(line.startswith(("Protect", "PrivateTmp", "ReadOnly")) for line in lines)


def test_cluster_without_a_unit_waits_for_none() -> None:
    unit = service_unit("verify", owner=UnitOwner("db1", "p", "p", "/srv"), command=["/opt/pgpitr"])

    assert "After=" not in unit.text


@pytest.mark.parametrize(
    ("delay_seconds", "expected"),
    [
        pytest.param(90, ["RandomizedDelaySec=90s", "FixedRandomDelay=true"], id="spread"),
        pytest.param(0, [], id="on time"),
    ],
)
def test_timer(delay_seconds: int, expected: list[str]) -> None:
    unit = timer_unit("expire", cluster_name="db1", calendar="*-*-* 05:00:00", random_delay_seconds=delay_seconds)

    assert unit.name == "pgpitr-expire-db1.timer"
    lines = unit.text.splitlines()
    assert lines[lines.index("[Timer]") :] == [
        "[Timer]",
        "OnCalendar=*-*-* 05:00:00",
        *expected,
        "Persistent=true",
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]
