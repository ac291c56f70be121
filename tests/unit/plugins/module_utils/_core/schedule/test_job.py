# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command lines of a cluster's jobs."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.request import BackupRequest, ChainLimits
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.policy import RetentionPolicy
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.schedule.job import (
    PgpitrCall,
    TimerPolicy,
    job_command,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.selection import VerifyRequest

CALL = PgpitrCall("/usr/local/bin/pgpitr", "db1")


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
            "incremental",
            TimerPolicy(backup=BackupRequest(accepted_faults=("visibility-map-tail", "truncated-and-regrown"))),
            "backup --cluster db1 --type auto --full-every-days 7 --max-incrementals 14 --max-chain-percent 50 "
            "--wait-seconds 21600 --compression auto --accept-faults visibility-map-tail,truncated-and-regrown "
            "--skip-standby",
            id="accepted faults",
        ),
        pytest.param("copy", TimerPolicy(), "copy --cluster db1 --wait-seconds 21600 --skip-standby", id="copy"),
        pytest.param(
            "full",
            TimerPolicy(backup=BackupRequest(spool_max_bytes=9 << 20)),
            "backup --cluster db1 --type full --full-every-days 7 --max-incrementals 14 --max-chain-percent 50 "
            "--wait-seconds 21600 --compression auto --spool-max-bytes 9437184 --skip-standby",
            id="another spool",
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
