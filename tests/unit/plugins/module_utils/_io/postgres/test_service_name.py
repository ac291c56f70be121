# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import (
    PG_CTL,
    PG_CTLCLUSTER,
    SYSTEMD,
    ServiceName,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.candidates import Candidate
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.postmaster import Postmaster
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.service_name import service_of

DEBIAN = Candidate("/var/lib/postgresql/15/main", "/etc/postgresql/15/main", "15/main")
RED_HAT = Candidate("/var/lib/pgsql/17/data")
MAIN_PID = ("systemctl", "show", "--property=MainPID", "--value")
ENVIRONMENT = ("systemctl", "show", "--property=Environment", "--value")


def _running(candidate: Candidate, *, unit: str | None) -> Candidate:
    postmaster = Postmaster(77, candidate.data_directory, "/b", (), None, unit)
    return Candidate(candidate.data_directory, candidate.configuration_directory, candidate.debian_name, postmaster)


@pytest.mark.parametrize(
    ("given", "service"),
    [
        pytest.param("postgresql-17.service", ServiceName(SYSTEMD, "postgresql-17"), id="unit"),
        pytest.param("17/main", ServiceName(PG_CTLCLUSTER, "17/main"), id="Debian's name"),
        pytest.param("pg_ctl", ServiceName(PG_CTL), id="nobody's"),
    ],
)
def test_given_service_is_taken_as_it_is(make_runner: Callable[..., Any], given: str, service: ServiceName) -> None:
    assert service_of(RED_HAT, version=17, given=given, systemd=True, runner=make_runner({})) == service


def test_stopped_debian_cluster_belongs_to_its_unit(make_runner: Callable[..., Any]) -> None:
    service = service_of(DEBIAN, version=15, given=None, systemd=True, runner=make_runner({}))

    assert service == ServiceName(SYSTEMD, "postgresql@15-main")


def test_running_server_belongs_to_the_unit_whose_main_process_it_is(make_runner: Callable[..., Any]) -> None:
    runner = make_runner({(*MAIN_PID, "db.service"): "77\n"})

    service = service_of(_running(RED_HAT, unit="db"), version=17, given=None, systemd=True, runner=runner)

    assert service == ServiceName(SYSTEMD, "db")
    runner.assert_all_asked()


def test_server_that_somebody_started_from_a_service_is_not_that_services(make_runner: Callable[..., Any]) -> None:
    runner = make_runner({(*MAIN_PID, "cron.service"): "12\n"})

    service = service_of(_running(RED_HAT, unit="cron"), version=17, given=None, systemd=True, runner=runner)

    assert service == ServiceName(PG_CTL)


def test_stopped_red_hat_cluster_belongs_to_the_unit_that_names_its_directory(
    make_runner: Callable[..., Any],
) -> None:
    runner = make_runner(
        {
            (
                *ENVIRONMENT,
                "postgresql-17.service",
            ): 'PGDATA=/var/lib/pgsql/17/data/ "PG_OOM_ADJUST_FILE=/proc/self/x y"\n'
        }
    )

    service = service_of(RED_HAT, version=17, given=None, systemd=True, runner=runner)

    assert service == ServiceName(SYSTEMD, "postgresql-17")


def test_directory_that_no_unit_names_is_nobodys(make_runner: Callable[..., Any]) -> None:
    runner = make_runner(
        {
            (*ENVIRONMENT, "postgresql-17.service"): "PGDATA=/other\n",
            (*ENVIRONMENT, "postgresql.service"): "\n",
        }
    )

    assert service_of(RED_HAT, version=17, given=None, systemd=True, runner=runner) == ServiceName(PG_CTL)
    runner.assert_all_asked()


def test_without_systemd_a_bare_directory_is_nobodys(make_runner: Callable[..., Any]) -> None:
    assert service_of(RED_HAT, version=17, given=None, systemd=False, runner=make_runner({})) == ServiceName(PG_CTL)
