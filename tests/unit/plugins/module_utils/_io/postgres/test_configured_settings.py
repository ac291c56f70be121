# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import SYSTEMD, ServiceName
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.configured_settings import (
    configured_value,
    hot_standby_settings,
    read_setting,
)
from fake_runner import FakeRunner
from sample_cluster import sample_cluster

POSTGRES = "/pg/bin/postgres"


class Postgres(FakeRunner):
    """Answers each setting's name with one number, and remembers how it was asked."""

    def __init__(self, answer: str = "100\n", *, rc: int = 0, stderr: str = "") -> None:
        self.asked: list[tuple[str, ...]] = []
        self._result = (rc, answer, stderr)

    def answer(self, argv: tuple[str, ...]) -> Result:
        self.asked.append(argv)
        return Result(argv, *self._result)


def test_setting_is_asked_for_by_the_first_word() -> None:
    postgres = Postgres("/etc/pg hba.conf \n")
    value = read_setting("hba_file", program=POSTGRES, arguments=["-D", "/etc"], runner=postgres, about="/pg/data")
    assert value == "/etc/pg hba.conf "
    assert postgres.asked == [(POSTGRES, "-C", "hba_file", "-D", "/etc")]


def test_configuration_that_cannot_be_read_is_named() -> None:
    postgres = Postgres("", rc=1, stderr="FATAL: syntax error in line 3\n")
    with pytest.raises(Failed) as caught:
        configured_value(sample_cluster(), "port", runner=postgres)
    assert caught.value.code == "configuration-invalid"
    assert caught.value.message == ("the configuration of '/pg/data' cannot be read: FATAL: syntax error in line 3")


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param({}, ("-D", "/pg/data", "-c", "config_file=/pg/data/postgresql.conf"), id="no options"),
        pytest.param(
            {"start_options": ("-p", "5433")},
            ("-D", "/pg/data", "-c", "config_file=/pg/data/postgresql.conf", "-p", "5433"),
            id="options of pg_ctl, which nobody else keeps",
        ),
        pytest.param(
            {"start_options": ("-p", "5433"), "service": ServiceName(SYSTEMD, "postgresql")},
            ("-D", "/pg/data", "-c", "config_file=/pg/data/postgresql.conf", "-p", "5433"),
            id="options that the unit will give again",
        ),
        pytest.param(
            {"start_options": ("-p", "5433"), "service": ServiceName(SYSTEMD, "postgresql"), "running": False},
            ("-D", "/pg/data", "-c", "config_file=/pg/data/postgresql.conf"),
            id="options of a server that is down, which may not have been the unit's",
        ),
        pytest.param(
            {"is_lost": True, "config_file": "/etc/pg/postgresql.conf"},
            ("-D", "/etc/pg", "-c", "config_file=/etc/pg/postgresql.conf"),
            id="data directory that is gone",
        ),
    ],
)
def test_next_start_is_asked_about(
    known: dict[str, Any], expected: tuple[str, ...], make_runner: Callable[..., Any]
) -> None:
    runner = make_runner({(POSTGRES, "-C", "port", *expected): "5433\n"})
    assert configured_value(sample_cluster(**known), "port", runner=runner) == "5433"


def test_hot_standby_settings_are_numbers() -> None:
    postgres = Postgres("7\n")
    found = hot_standby_settings(sample_cluster(), runner=postgres)
    assert found == dict.fromkeys(
        (
            "max_connections",
            "max_worker_processes",
            "max_wal_senders",
            "max_prepared_transactions",
            "max_locks_per_transaction",
        ),
        7,
    )
