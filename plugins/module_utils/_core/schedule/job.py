# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs that timers run on a host, and their command lines."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from ..backup.request import AUTO, BackupRequest, check_backup_request
from ..backup.spool_limit import SPOOL_MAX_BYTES
from ..catalogue.record import FULL
from ..host.agent_config import DEFAULT_CONFIG_DIRECTORY
from ..repository.cluster_name import check_cluster_name
from ..retention.policy import RetentionPolicy, check_policy
from ..verify.selection import VerifyRequest

FULL_JOB = "full"
INCREMENTAL_JOB = "incremental"
VERIFY_JOB = "verify"
EXPIRE_JOB = "expire"
# Where there are several repositories.
COPY_JOB = "copy"
# A full and an incremental backup that were missed may both start after a boot; then one waits for the other.
_BACKUP_WAIT_SECONDS = 6 * 3600
BACKUP_JOBS = (FULL_JOB, INCREMENTAL_JOB)
# What is for the host that keeps the repository comes last: ``KEEPERS_JOBS``.
JOBS = (*BACKUP_JOBS, COPY_JOB, VERIFY_JOB, EXPIRE_JOB)
KEEPERS_JOBS = (VERIFY_JOB, EXPIRE_JOB)


@dataclass(frozen=True)
class TimerPolicy:
    """The options of the jobs; the calendar determines the type and the maximum age of ``backup``.

    ``verify_jobs``: ``None`` for the program's default. ``expire_wait_seconds``: how long retention waits for a backup.
    """

    backup: BackupRequest = field(default_factory=BackupRequest)
    retention: RetentionPolicy = field(default_factory=RetentionPolicy)
    verify: VerifyRequest = field(default_factory=VerifyRequest)
    verify_jobs: int | None = None
    expire_wait_seconds: int = 60

    def check(self) -> None:
        """Raise InvalidInput (``option-out-of-range``) for a number outside its range."""
        check_backup_request(self.backup)
        check_policy(self.retention)
        self.verify.check()


@dataclass(frozen=True)
class PgpitrCall:
    """The command line of the installed program for one cluster."""

    agent_path: str
    cluster_name: str
    config_directory: str = DEFAULT_CONFIG_DIRECTORY

    def words(self, verb: str, options: list[str]) -> list[str]:
        """The argument list. Raises InvalidInput (``invalid-cluster-name``)."""
        check_cluster_name(self.cluster_name)
        place = ["--config-directory", self.config_directory]
        elsewhere = self.config_directory.rstrip("/") != DEFAULT_CONFIG_DIRECTORY
        return [self.agent_path, verb, "--cluster", self.cluster_name, *(place if elsewhere else []), *options]


def job_command(job: str, *, call: PgpitrCall, policy: TimerPolicy) -> list[str]:
    """The argument list of a job, with every option, so that the unit shows what it does.

    A job of a standby does nothing, unless backups of standbys are allowed.
    """
    skip = [] if policy.backup.allow_standby else ["--skip-standby"]
    if job == VERIFY_JOB:
        return call.words("verify", [*_verify_options(policy), *skip])
    if job == EXPIRE_JOB:
        return call.words("expire", [*_expire_options(policy), *skip])
    if job == COPY_JOB:
        return call.words("copy", ["--wait-seconds", str(_BACKUP_WAIT_SECONDS), *skip])
    backup_type = FULL if job == FULL_JOB else AUTO
    return call.words("backup", ["--type", backup_type, *_backup_options(policy), *skip])


def _backup_options(policy: TimerPolicy) -> list[str]:
    request = policy.backup
    numbers = {**asdict(request.limits), "wait_seconds": _BACKUP_WAIT_SECONDS}
    options = [*_numbers(numbers), "--compression", request.compression]
    if request.spool_max_bytes != SPOOL_MAX_BYTES:
        # A program of an earlier release would not know it.
        options += _numbers({"spool_max_bytes": request.spool_max_bytes})
    if request.accepted_faults:
        options += ["--accept-faults", ",".join(request.accepted_faults)]
    standby = ["--allow-standby", "--standby-wait-seconds", str(request.standby_wait_seconds)]
    return [*options, *standby] if request.allow_standby else options


def _verify_options(policy: TimerPolicy) -> list[str]:
    request = policy.verify
    numbers = {
        "sample_percent": request.sample_percent,
        "max_age_seconds": request.max_age_seconds,
        "max_rate_kib": request.max_rate_kib,
        "jobs": policy.verify_jobs,
    }
    return ["--backup", request.backup, *_numbers(numbers), *(["--resume"] if request.resume else [])]


def _expire_options(policy: TimerPolicy) -> list[str]:
    numbers = {**asdict(policy.retention), "wait_seconds": policy.expire_wait_seconds}
    return [*_numbers(numbers), "--summary"]


def _numbers(values: dict[str, int | None]) -> list[str]:
    words: list[str] = []
    for name, value in values.items():
        words += [] if value is None else ["--" + name.replace("_", "-"), str(value)]
    return words


__all__ = (
    "BACKUP_JOBS",
    "COPY_JOB",
    "EXPIRE_JOB",
    "FULL_JOB",
    "INCREMENTAL_JOB",
    "JOBS",
    "KEEPERS_JOBS",
    "VERIFY_JOB",
    "PgpitrCall",
    "TimerPolicy",
    "job_command",
)
