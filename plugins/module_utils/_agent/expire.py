# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pgpitr expire``: let old backups and WAL go, by hand or from a timer."""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from datetime import datetime, timezone

from .._core.retention.plan import ExpirePlan
from .._core.retention.policy import POLICY_RANGES, RetentionPolicy
from .._core.retention.report import expire_summary, expire_text, expire_to_dict
from .._io.repository.writers import check_writer
from .._operations.retention.expire import expire, rehearse_expire
from .command_parser import CommandParser
from .configured_cluster import ConfiguredCluster
from .standby import skips_all_but_primary

# The options of the rules, and what each keeps.
_RULES = {
    "keep_full": "keep so many of the newest full backups, and every moment since the oldest of them",
    "keep_days": "keep every moment of so many days; 0: no such window",
    "keep_daily": "keep the last backup of so many days that have one",
    "keep_weekly": "keep the last backup of so many weeks that have one",
    "keep_monthly": "keep the last backup of so many months that have one",
    "keep_yearly": "keep the last backup of so many years that have one",
}
_REQUIRED = ("keep_full", "keep_days")


def new_parser() -> CommandParser:
    """The command's arguments. The two usual rules must be given: a default could remove more than the playbooks do."""
    parser = CommandParser(
        "expire",
        about="What is removed is gone. A backup stays when any rule keeps it, and so does what it builds on.",
        examples=(
            "--cluster db1 --keep-full 2 --keep-days 7 --dry-run",
            "--cluster db1 --keep-full 2 --keep-days 7 --keep-monthly 12",
        ),
    )
    parser.add_cluster()
    parser.add_dry_run(help="tell what would be removed, and what stays, and why; remove nothing")
    for name, text in _RULES.items():
        option, allowed = "--" + name.replace("_", "-"), POLICY_RANGES[name]
        if name in _REQUIRED:
            parser.add_number(option, allowed=allowed, help=text, required=True)
        else:
            parser.add_number(option, allowed=allowed, help=text, default=0)
    parser.add_number(
        "--wait-seconds", allowed=(0, None), default=0, help="how long to wait for a backup or another expire to end"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the result as JSON")
    form.add_argument("--summary", action="store_true", help="print a few lines, without the backups that stay")
    parser.add_skip_standby()
    return parser


def run(options: Namespace) -> int:
    """Remove what the rules do not keep, or with ``--dry-run`` say what would be removed; 0. Everything else raises."""
    policy = RetentionPolicy(**{name: getattr(options, name) for name in _RULES})
    configured = ConfiguredCluster.read(options.cluster, config_directory=options.config_directory)
    if options.skip_standby and skips_all_but_primary(configured):
        return 0
    plan = _expire(configured, policy=policy, options=options)
    if options.json:
        sys.stdout.write(json.dumps(expire_to_dict(plan, name=options.cluster), indent=2) + "\n")
    else:
        tell = expire_summary if options.summary else expire_text
        sys.stdout.write(tell(plan, name=options.cluster, done=not options.dry_run))
    return 0


def _expire(configured: ConfiguredCluster, *, policy: RetentionPolicy, options: Namespace) -> ExpirePlan:
    configured.repository.check_is_here("retention")
    if options.dry_run:
        configured.repository.check_readable()
        _check_writer(configured)
        return rehearse_expire(configured.folder, policy=policy, clock=_now, wait_seconds=options.wait_seconds)
    configured.repository.check()
    _check_writer(configured)
    return expire(configured.folder, policy=policy, clock=_now, wait_seconds=options.wait_seconds)


def _check_writer(configured: ConfiguredCluster) -> None:
    """A copy of the host has the same configuration, and must not decide about its source's backups."""
    directory = os.path.realpath(configured.config["data_directory"])
    check_writer(configured.folder.identity().document(), data_directory=directory)


def _now() -> datetime:
    return datetime.now(timezone.utc)


__all__ = ("new_parser", "run")
