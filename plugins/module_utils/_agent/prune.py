# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pgpitr prune``: remove streamed WAL that is archived, by hand or from a timer."""

from __future__ import annotations

import sys
from argparse import Namespace

from .._core.errors import InvalidInput
from .._core.exit_codes import ExitCode
from .._core.wording import count_text, size_text
from .._io.repository.repository import Repository
from .._operations.archiving.received_pruning import PruneOutcome, ReceivedPruning
from .command_parser import CommandParser
from .configured_cluster import ConfiguredCluster


def new_parser() -> CommandParser:
    """The command's arguments."""
    parser = CommandParser(
        "prune",
        about="A segment is removed once every required repository has it, which is read back and compared. The newest"
        " one, the one that is being received, and histories stay.",
        failed="a segment is not what a repository has of it; it stays",
        examples=("--cluster db1 --directory /srv/received/db1 --dry-run",),
    )
    parser.add_cluster(help="the cluster, as it is configured here or called in --repository")
    parser.add_value("--directory", metavar="DIRECTORY", required=True, help="where pg_receivewal keeps its files")
    parser.add_value(
        "--repository",
        metavar="DIRECTORY",
        help="the only repository, on the host that keeps it (default: those of the configuration)",
    )
    parser.add_dry_run(help="compare, and tell what would be removed; remove nothing")
    return parser


def run(options: Namespace) -> int:
    """Remove; 0, or 1 where something is wrong with a segment. Everything else raises."""
    if not options.directory.startswith("/"):
        raise InvalidInput(
            f"--directory '{options.directory}' does not begin with a slash",
            code="path-not-absolute",
            hint="Give the whole path.",
        )
    repositories, data_directory = _configured(options)
    for each in repositories:
        each.check_readable()
    folders = [each.cluster(options.cluster) for each in repositories]
    pruning = ReceivedPruning(options.directory, folders, data_directory=data_directory)
    outcome = pruning.run(is_rehearsal=options.dry_run)
    sys.stdout.write(outcome_text(outcome, name=options.cluster, done=not options.dry_run))
    return ExitCode.FAILED if outcome.problems else ExitCode.OK


def outcome_text(outcome: PruneOutcome, *, name: str, done: bool) -> str:
    """What was removed, or would be, for people."""
    count = count_text(len(outcome.removed), "received segment")
    would = "removed" if done else "would be removed"
    waiting = f"; {count_text(outcome.waiting, 'segment')} not archived yet" if outcome.waiting else ""
    lines = [f"{name}: {count} ({size_text(outcome.size_bytes)}) {would}{waiting}", *outcome.problems]
    return "".join(f"{line}\n" for line in lines)


def _configured(options: Namespace) -> tuple[tuple[Repository, ...], str | None]:
    """The repositories that must have a segment, and the cluster's data directory where it is known."""
    if options.repository is not None:
        return (Repository(options.repository),), None
    configured = ConfiguredCluster.read(options.cluster, config_directory=options.config_directory)
    first = configured.repository
    every = (first, *first.others)
    # Where none is required, all of them have to have it: a file may be removed for none of them.
    return tuple(each for each in every if each.is_required) or every, configured.config["data_directory"] or None


__all__ = ("new_parser", "outcome_text", "run")
