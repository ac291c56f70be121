# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pgpitr verify``: read backups and WAL, by hand or from a timer."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timezone

from .._core.exit_codes import ExitCode
from .._core.verify.selection import ALL, VerifyRequest
from .._operations.verify.progress import VerifyProgress
from .._operations.verify.verification import Verification, default_jobs
from .command_line import cluster_and_names, take_flag, take_number, take_option
from .configured_cluster import ConfiguredCluster
from .standby import SKIP_STANDBY, skips_standby

# How often a line goes to a log, which a long run is not to fill; a terminal's line is drawn anew each time.
_LOG_SECONDS = 600.0


def run(arguments: Sequence[str], *, config_directory: str) -> int:
    """Print what was verified; 0 when everything is whole, 1 when something is wrong."""
    rehearses, rest = take_flag(arguments, name="--check")
    as_json, rest = take_flag(rest, name="--json")
    skip, rest = take_flag(rest, name=SKIP_STANDBY)
    request, rest = _request(rest)
    name, _unused = cluster_and_names(rest, names=())
    configured = ConfiguredCluster.read(name, config_directory=config_directory)
    with configured.acting():
        if skip and skips_standby(configured):
            return ExitCode.OK
        configured.repository.check_readable()
        verification = Verification(
            folder=configured.folder,
            request=request,
            runner=configured.runner,
            bin_directory=configured.config["bin_directory"] or None,
            clock=lambda: datetime.now(timezone.utc),
            tell=_teller(name),
        )
        report = verification.rehearse() if rehearses else verification.run()
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
    sys.stdout.write(json.dumps(report.to_dict(), indent=2) + "\n" if as_json else report.text())
    return ExitCode.FAILED if report.findings else ExitCode.OK


def _request(arguments: Sequence[str]) -> tuple[VerifyRequest, list[str]]:
    backup, rest = take_option(arguments, name="--backup")
    sample_percent, rest = take_number(rest, name="--sample-percent")
    max_age_seconds, rest = take_number(rest, name="--max-age-seconds")
    max_rate_kib, rest = take_number(rest, name="--max-rate-kib")
    jobs, rest = take_number(rest, name="--jobs")
    resume, rest = take_flag(rest, name="--resume")
    request = VerifyRequest(
        backup=backup or ALL,
        sample_percent=100 if sample_percent is None else sample_percent,
        max_age_seconds=max_age_seconds or 0,
        resume=resume,
        max_rate_kib=max_rate_kib,
        jobs=default_jobs() if jobs is None else jobs,
    )
    return request, rest


def _teller(name: str) -> Callable[[VerifyProgress], None]:
    told = time.monotonic()

    def tell(progress: VerifyProgress) -> None:
        nonlocal told
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\033[K{name}: {progress}\r")
        elif time.monotonic() - told >= _LOG_SECONDS:
            told = time.monotonic()
            sys.stderr.write(f"{name}: {progress}\n")
        sys.stderr.flush()

    return tell


__all__ = ("run",)
