# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pgpitr copy``: bring WAL and backups from one repository of a cluster to another."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence

from .._core.errors import InvalidInput
from .._core.exit_codes import ExitCode
from .._core.wording import count_text, size_text
from .._io.repository.repository import Repository
from .._operations.copying.copy import CopyOutcome, RepositoryCopy
from .command_parser import CommandParser
from .configured_cluster import ConfiguredCluster
from .standby import skips_all_but_primary


def new_parser() -> CommandParser:
    """The command's arguments."""
    parser = CommandParser(
        "copy",
        about="Only what is missing there is copied, as it is stored, and verified on the way. A backup is there once"
        " it is whole. A run that was killed is gone on with by the next one.",
        failed="something could not be copied; what could be was",
        examples=("--cluster db1 --dry-run", "--cluster db1 --from near --to far"),
    )
    parser.add_cluster()
    parser.add_value(
        "--from", metavar="NAME", dest="source", help="the repository to read (default: the first of the list)"
    )
    parser.add_value("--to", metavar="NAME", dest="target", help="the one to add to (default: each of the others)")
    parser.add_dry_run(help="tell what would be copied; change nothing")
    parser.add_number(
        "--wait-seconds", allowed=(0, None), default=60, help="how long to wait for retention or a backup there to end"
    )
    parser.add_skip_standby()
    return parser


def run(options: Namespace) -> int:
    """Copy; 0, or 1 where something could not be. Everything else raises."""
    configured = ConfiguredCluster.read(options.cluster, config_directory=options.config_directory)
    if options.skip_standby and skips_all_but_primary(configured):
        return ExitCode.OK
    first = configured.repository
    every = (first, *first.others)
    source = _named(options.source, every) if options.source else first
    targets = [_named(options.target, every)] if options.target else [each for each in every if each is not source]
    if not targets or source in targets:
        raise InvalidInput(
            f"there is no other repository to copy to than '{source.name or 'the only one'}'",
            code="repositories-invalid",
            hint="Name two different ones of 'pitr_repositories' with --from and --to.",
        )
    is_whole = True
    for target in targets:
        copying = RepositoryCopy(source, target, options.cluster, wait_seconds=options.wait_seconds)
        outcome = copying.rehearse() if options.dry_run else copying.run()
        sys.stdout.write(outcome_text(outcome, done=not options.dry_run))
        is_whole = is_whole and not outcome.problems
    return ExitCode.OK if is_whole else ExitCode.FAILED


def outcome_text(outcome: CopyOutcome, *, done: bool) -> str:
    """What was copied, or would be, for people."""
    files, labels = outcome.wal.files, outcome.backups.labels
    wal = f"{count_text(files, 'WAL file')} ({size_text(outcome.wal.size_bytes)})"
    backups = f", {count_text(len(labels), 'backup')}: {', '.join(labels)}" if labels else ", no backups"
    nothing = not files and not labels
    what = "nothing is missing" if nothing and not outcome.problems else f"{wal}{backups}"
    would = "" if done or nothing else "would be copied: "
    lines = [f"{outcome.source} to {outcome.target}: {would}{what}", *(f"  {each}" for each in outcome.problems)]
    return "".join(f"{line}\n" for line in lines)


def _named(name: str, repositories: Sequence[Repository]) -> Repository:
    for each in repositories:
        if each.name == name:
            return each
    known = ", ".join(each.name for each in repositories if each.name) or "none with a name"
    raise InvalidInput(
        f"no repository of this cluster has the name '{name}'",
        code="repositories-invalid",
        hint=f"There is {known}. The playbook 'archive' writes the list into the program's configuration.",
    )


__all__ = ("new_parser", "outcome_text", "run")
