# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts of the units: names, words of systemd's syntax, and what each job runs."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.plan import BackupRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.type_decision import ChainLimits
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.policy import RetentionPolicy
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.schedule.job import (
    JOBS,
    PgpitrCall,
    TimerPolicy,
    job_command,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.schedule.unit_syntax import (
    unit_command,
    unit_value,
    unit_word,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.schedule.units import (
    UnitOwner,
    service_unit,
    timer_unit,
    unit_name,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.selection import VerifyRequest

CALL = PgpitrCall("/usr/local/bin/pgpitr", "db1")
POSTGRES = UnitOwner("db1", "postgres", "postgres", "/srv/pitr", "postgresql@17-main.service")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        pytest.param("/srv/pitr", "/srv/pitr", id="plain"),
        pytest.param("/srv/my backups", '"/srv/my backups"', id="space"),
        pytest.param("/srv/100%/%h", '"/srv/100%%/%%h"', id="percent"),
        pytest.param('/srv/"new"', '"/srv/\\"new\\""', id="double quote"),
        pytest.param("/srv/it's", '"/srv/it\'s"', id="single quote"),
        pytest.param("/srv/a\\b", '"/srv/a\\\\b"', id="backslash"),
        pytest.param("/srv/Müller", '"/srv/Müller"', id="letters of other languages"),
        pytest.param("/srv;rm", '"/srv;rm"', id="semicolon"),
        pytest.param("", '""', id="nothing"),
    ],
)
def test_word(text: str, word: str) -> None:
    assert unit_word(text) == word


@pytest.mark.parametrize("text", ["/srv/a\nExecStartPre=/bin/false", "/srv/\udcff", "/srv/\x00", "/srv/\t"])
def test_what_a_unit_file_cannot_hold_is_refused(text: str) -> None:
    for form in (unit_word, unit_value):
        with pytest.raises(InvalidInput) as caught:
            form(text)
        assert caught.value.code == "unit-text-invalid"


def test_values_without_quotes_keep_their_letters() -> None:
    assert unit_value("EXAMPLE\\dba 100%") == "EXAMPLE\\dba 100%%"


def test_dollar_begins_a_variable_in_arguments_only() -> None:
    assert unit_command(["/opt/$x/pgpitr", "info", "/etc/$y"]) == '"/opt/$x/pgpitr" info "/etc/$$y"'


@pytest.mark.parametrize(
    ("job", "policy", "command"),
    [
        pytest.param(
            "full",
            TimerPolicy(),
            "backup --cluster db1 --type full --full-every-days 7 --max-incrementals 14 --max-chain-percent 50 "
            "--wait-seconds 21600 --compression auto --skip-standby",
            id="full",
        ),
        pytest.param(
            "incremental",
            TimerPolicy(backup=BackupRequest(compression="lz4", limits=ChainLimits(1, 2, 0))),
            "backup --cluster db1 --type auto --full-every-days 1 --max-incrementals 2 --max-chain-percent 0 "
            "--wait-seconds 21600 --compression lz4 --skip-standby",
            id="incremental",
        ),
        pytest.param(
            "full",
            TimerPolicy(backup=BackupRequest(allow_standby=True, standby_wait_seconds=9)),
            "backup --cluster db1 --type full --full-every-days 7 --max-incrementals 14 --max-chain-percent 50 "
            "--wait-seconds 21600 --compression auto --allow-standby --standby-wait-seconds 9",
            id="of a standby",
        ),
        pytest.param(
            "verify",
            TimerPolicy(),
            "verify --cluster db1 --backup all --sample-percent 100 --max-age-seconds 0 --skip-standby",
            id="verify",
        ),
        pytest.param(
            "verify",
            TimerPolicy(
                backup=BackupRequest(allow_standby=True),
                verify=VerifyRequest(backup="newest", sample_percent=5, max_rate_kib=64, resume=True),
                verify_jobs=3,
            ),
            "verify --cluster db1 --backup newest --sample-percent 5 --max-age-seconds 0 --max-rate-kib 64 --jobs 3 "
            "--resume",
            id="verify a part, on a standby",
        ),
        pytest.param(
            "expire",
            TimerPolicy(retention=RetentionPolicy(1, 2, 3, 4, 5, 6), expire_wait_seconds=7),
            "expire --cluster db1 --keep-full 1 --keep-days 2 --keep-daily 3 --keep-weekly 4 --keep-monthly 5 "
            "--keep-yearly 6 --wait-seconds 7 --summary --skip-standby",
            id="expire",
        ),
    ],
)
def test_job_says_every_option(job: str, policy: TimerPolicy, command: str) -> None:
    assert job_command(job, call=CALL, policy=policy) == [CALL.agent_path, *command.split()]


def test_configuration_elsewhere_is_named() -> None:
    call = PgpitrCall("/opt/pgpitr", "db1", "/opt/my conf")

    assert job_command("full", call=call, policy=TimerPolicy())[2:6] == [
        "--cluster",
        "db1",
        "--config-directory",
        "/opt/my conf",
    ]
    assert "--config-directory" not in PgpitrCall("/opt/pgpitr", "db1", "/etc/pgpitr/").words("info", [])


def test_name_that_is_no_clusters_is_refused() -> None:
    with pytest.raises(InvalidInput):
        PgpitrCall("/opt/pgpitr", "db1 --type full").words("info", [])


def test_names_of_units_are_those_of_the_clusters() -> None:
    names = {unit_name(job, cluster_name="db-1.a_B", kind=kind) for job in JOBS for kind in ("service", "timer")}

    assert len(names) == 8
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
