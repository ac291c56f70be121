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

from .._core.exit_codes import ExitCode
from .._core.repository.outcome import RepositoryOutcome, is_failure
from .._core.retention.plan import ExpirePlan
from .._core.retention.policy import POLICY_RANGES, RetentionPolicy
from .._core.retention.report import outcomes_text, outcomes_to_dict
from .._io.repository.cluster_folder import ClusterFolder
from .._io.repository.writers import check_writer
from .._operations.retention.each import expire_each
from .command_parser import CommandParser
from .configured_cluster import ConfiguredCluster
from .console.messages import complain
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
        about="What is removed is gone. A backup stays when any rule keeps it, and so does what it builds on. Each of"
        " several repositories is looked at by itself, with the rules that its configuration has over these.",
        failed="a repository that is required was left out; the others were worked on",
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
    parser.add_repository()
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the result as JSON")
    form.add_argument("--summary", action="store_true", help="print a few lines, without the backups that stay")
    parser.add_skip_standby()
    return parser


def run(options: Namespace) -> int:
    """Remove what the rules do not keep, or with ``--dry-run`` say what would be removed; 0.

    A repository that could not be worked on is named on standard error; 1 where that is required. Else it raises.
    """
    policy = RetentionPolicy(**{name: getattr(options, name) for name in _RULES})
    configured = ConfiguredCluster.read(options.cluster, config_directory=options.config_directory)
    if options.skip_standby and skips_all_but_primary(configured):
        return 0
    outcomes = _expire(configured, policy=policy, options=options)
    if options.json:
        sys.stdout.write(json.dumps(outcomes_to_dict(outcomes, name=options.cluster), indent=2) + "\n")
    else:
        done, is_summary = not options.dry_run, options.summary
        sys.stdout.write(outcomes_text(outcomes, name=options.cluster, done=done, is_summary=is_summary))
    for each in outcomes:
        if each.error:
            complain(each.error, about=f"the repository '{each.name}'")
    return ExitCode.FAILED if is_failure(outcomes) else ExitCode.OK


def _expire(
    configured: ConfiguredCluster, *, policy: RetentionPolicy, options: Namespace
) -> tuple[RepositoryOutcome[ExpirePlan], ...]:
    directory = os.path.realpath(configured.config["data_directory"])

    def check(folder: ClusterFolder) -> None:
        # A copy of the host has the same configuration, and must not decide about its source's backups.
        check_writer(folder.identity().document(), data_directory=directory)

    return expire_each(
        configured.repository,
        name=options.cluster,
        policy=policy,
        clock=_now,
        wait_seconds=options.wait_seconds,
        names=[options.repository] if options.repository else [],
        is_rehearsal=options.dry_run,
        check=check,
    )


def _now() -> datetime:
    return datetime.now(timezone.utc)


__all__ = ("new_parser", "run")
