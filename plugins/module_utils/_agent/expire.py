# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pgpitr expire``: let old backups and WAL go, by hand or from a timer."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from datetime import datetime, timezone

from .._core.retention.plan import ExpirePlan
from .._core.retention.policy import RetentionPolicy
from .._core.retention.report import expire_summary, expire_text, expire_to_dict
from .._io.repository.writers import check_writer
from .._operations.retention.expire import expire, rehearse_expire
from .command_line import cluster_and_names, take_flag, take_number, usage_error
from .configured_cluster import ConfiguredCluster
from .standby import SKIP_STANDBY, skips_all_but_primary


def run(arguments: Sequence[str], *, config_directory: str) -> int:
    """Remove what the rules do not keep, or with ``--dry-run`` say what would be removed; 0. Everything else raises."""
    policy, rest = _policy(arguments)
    wait_seconds, rest = take_number(rest, name="--wait-seconds")
    is_rehearsal, rest = take_flag(rest, name="--dry-run")
    as_json, rest = take_flag(rest, name="--json")
    in_short, rest = take_flag(rest, name="--summary")
    skip, rest = take_flag(rest, name=SKIP_STANDBY)
    name, _unused = cluster_and_names(rest, names=())
    configured = ConfiguredCluster.read(name, config_directory=config_directory)
    with configured.acting():
        if skip and skips_all_but_primary(configured):
            return 0
        plan = _expire(configured, policy=policy, wait_seconds=wait_seconds or 0, is_rehearsal=is_rehearsal)
    tell = expire_summary if in_short else expire_text
    text = tell(plan, name=name, done=not is_rehearsal)
    sys.stdout.write(json.dumps(expire_to_dict(plan, name=name), indent=2) + "\n" if as_json else text)
    return 0


def _expire(
    configured: ConfiguredCluster, *, policy: RetentionPolicy, wait_seconds: int, is_rehearsal: bool
) -> ExpirePlan:
    if is_rehearsal:
        configured.repository.check_readable()
        _check_writer(configured)
        return rehearse_expire(configured.folder, policy=policy, clock=_now, wait_seconds=wait_seconds)
    configured.repository.check()
    _check_writer(configured)
    return expire(configured.folder, policy=policy, clock=_now, wait_seconds=wait_seconds)


def _check_writer(configured: ConfiguredCluster) -> None:
    """A copy of the host has the same configuration, and must not decide about its source's backups."""
    directory = os.path.realpath(configured.config["data_directory"])
    check_writer(configured.folder.identity().document(), data_directory=directory)


def _policy(arguments: Sequence[str]) -> tuple[RetentionPolicy, list[str]]:
    """The policy, of which the two usual rules have to be given: a default could remove more than the playbooks do."""
    full, rest = take_number(arguments, name="--keep-full")
    days, rest = take_number(rest, name="--keep-days")
    if full is None or days is None:
        raise usage_error("'expire' needs --keep-full and --keep-days")
    daily, rest = take_number(rest, name="--keep-daily")
    weekly, rest = take_number(rest, name="--keep-weekly")
    monthly, rest = take_number(rest, name="--keep-monthly")
    yearly, rest = take_number(rest, name="--keep-yearly")
    return RetentionPolicy(full, days, daily or 0, weekly or 0, monthly or 0, yearly or 0), rest


def _now() -> datetime:
    return datetime.now(timezone.utc)


__all__ = ("run",)
