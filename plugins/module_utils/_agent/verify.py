# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pgpitr verify``: read backups and WAL, by hand or from a timer."""

from __future__ import annotations

import json
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from datetime import datetime, timezone

from .._core.exit_codes import ExitCode
from .._core.repository.outcome import is_failure
from .._core.verify.outcomes import has_findings, outcomes_text, outcomes_to_dict
from .._core.verify.selection import ALL, REQUEST_RANGES, VerifyRequest
from .._io.repository.cluster_folder import ClusterFolder
from .._operations.healing.verify_each import VerifyEach
from .._operations.verify.progress import VerifyProgress
from .._operations.verify.verification import Verification, default_jobs
from .command_parser import CommandParser
from .configured_cluster import ConfiguredCluster
from .console.messages import complain, say
from .console.progress_line import clear_line, draw_line, is_drawn
from .standby import skips_standby

# How often a line goes to a log, which a long run is not to fill; a terminal's line is drawn anew each time.
_LOG_SECONDS = 600.0
# The default of each number (``None``: as the text says), and what it is.
_NUMBERS: dict[str, tuple[int | None, str]] = {
    "sample_percent": (100, "how much of the content to read in this run, in percent, beside what is new"),
    "max_age_seconds": (0, "do not read again what was found whole within so many seconds"),
    "max_rate_kib": (None, "read no faster, in KiB of stored data per second; without it there is no limit"),
    "jobs": (None, "processes that read; without it as many as there are processors, at most 4"),
}


def new_parser() -> CommandParser:
    """The command's arguments."""
    parser = CommandParser(
        "verify",
        about="Nothing that is stored is changed, unless with --heal; what was read, and when, is noted beside it. Each"
        " of several repositories that this host keeps or reaches in object storage is read.",
        failed="something is damaged or missing, or the command failed",
        examples=(
            "--cluster db1",
            "--cluster db1 --sample-percent 10 --max-rate-kib 20480",
            "--cluster db1 --dry-run --json",
            "--cluster db1 --repository far --heal",
        ),
    )
    parser.add_cluster()
    parser.add_dry_run(
        help="compare names, sizes and records only, and tell how much would be read", earlier_name="--check"
    )
    parser.add_value(
        "--backup",
        metavar="all|newest|LABEL",
        default=ALL,
        help="which backups to read, with the WAL that they need (default: %(default)s)",
    )
    for name, (default, text) in _NUMBERS.items():
        parser.add_number("--" + name.replace("_", "-"), allowed=REQUEST_RANGES[name], default=default, help=text)
    parser.add_argument("--resume", action="store_true", help="go on where an interrupted run of the same --backup was")
    parser.add_repository()
    parser.add_argument(
        "--heal",
        action="store_true",
        help="repair what is damaged or missing from another repository that has it whole; the damaged bytes are kept"
        " aside until expire",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_skip_standby()
    return parser


def run(options: Namespace) -> int:
    """Print what was verified; 0 when everything is whole, 1 when something is wrong."""
    configured = ConfiguredCluster.read(options.cluster, config_directory=options.config_directory)
    if options.skip_standby and skips_standby(configured):
        return ExitCode.OK
    each = VerifyEach(
        configured.repository,
        options.cluster,
        request=verify_request(options),
        verification=lambda folder, request: _verification(configured, folder=folder, request=request),
        clock=_now,
        names=[options.repository] if options.repository else [],
        heals=options.heal,
    )
    outcomes = each.run(is_rehearsal=options.dry_run)
    clear_line()
    form = json.dumps(outcomes_to_dict(outcomes, name=options.cluster), indent=2) + "\n" if options.json else ""
    sys.stdout.write(form or outcomes_text(outcomes, name=options.cluster))
    for outcome in outcomes:
        if outcome.error:
            complain(outcome.error, about=f"the repository '{outcome.name}'")
    for repository in each.elsewhere:
        say(f"pgpitr: the repository '{repository.name}' was not read: that is its host's work")
    return ExitCode.FAILED if has_findings(outcomes) or is_failure(outcomes) else ExitCode.OK


def _verification(configured: ConfiguredCluster, *, folder: ClusterFolder, request: VerifyRequest) -> Verification:
    return Verification(
        folder=folder,
        request=request,
        runner=configured.runner,
        bin_directory=configured.config["bin_directory"] or None,
        clock=_now,
        tell=_teller(configured.name),
    )


def _now() -> datetime:
    return datetime.now(timezone.utc)


def verify_request(options: Namespace) -> VerifyRequest:
    """What the options ask for."""
    return VerifyRequest(
        backup=options.backup or ALL,
        sample_percent=options.sample_percent,
        max_age_seconds=options.max_age_seconds,
        resume=options.resume,
        max_rate_kib=options.max_rate_kib,
        jobs=default_jobs() if options.jobs is None else options.jobs,
    )


def _teller(name: str) -> Callable[[VerifyProgress], None]:
    told = time.monotonic()

    def tell(progress: VerifyProgress) -> None:
        nonlocal told
        if is_drawn():
            draw_line(f"{name}: {progress}")
        elif time.monotonic() - told >= _LOG_SECONDS:
            told = time.monotonic()
            sys.stderr.write(f"{name}: {progress}\n")
            sys.stderr.flush()

    return tell


__all__ = ("new_parser", "run", "verify_request")
