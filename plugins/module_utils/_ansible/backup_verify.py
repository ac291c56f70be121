# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module backup_verify."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from .._core.errors import Failed
from .._core.verify.report import VerifyReport
from .._core.verify.selection import ALL, VerifyRequest
from .._io.host.runner import SystemRunner
from .._operations.verify.progress import VerifyProgress
from .._operations.verify.verification import Verification, default_jobs
from .entry import Outcome, Request
from .repository import folder_of, repository_of

_LOG_SECONDS = 30.0


class VerificationFailed(Failed):
    """There are problems in the repository; ``values`` is the whole report."""

    def __init__(self, report: VerifyReport) -> None:
        super().__init__(
            report.message(),
            code="verification-failed",
            hint="'findings' lists each problem and its cost. Take a new backup, and check the repository's disks.",
        )
        self.values = report.to_dict()


def backup_verify(request: Request) -> Outcome:
    """Read backups and WAL of a cluster. Needs neither a server nor a data directory."""
    options = request.options
    repository = repository_of(options)
    folder = folder_of(options, repository=repository)
    repository.check_is_here("verification")
    repository.check_readable()
    verification = Verification(
        folder=folder,
        request=request_of(options),
        runner=SystemRunner(),
        bin_directory=options["bin_directory"],
        clock=lambda: datetime.now(timezone.utc),
        tell=_teller(folder.name, log=request.log),
    )
    report = verification.rehearse() if request.check_mode else verification.run()
    if report.findings:
        raise VerificationFailed(report)
    return Outcome(changed=False, values=report.to_dict())


def request_of(options: Mapping[str, Any]) -> VerifyRequest:
    """What the module's options ask for."""
    return VerifyRequest(
        backup=options["backup"] or ALL,
        sample_percent=options["sample_percent"],
        max_age_seconds=options["max_age_seconds"],
        resume=options["resume"],
        max_rate_kib=options["max_rate_kib"],
        jobs=options["jobs"] or default_jobs(),
    )


def _teller(name: str, *, log: Callable[[str], None]) -> Callable[[VerifyProgress], None]:
    reported = time.monotonic()

    def tell(progress: VerifyProgress) -> None:
        nonlocal reported
        if time.monotonic() - reported >= _LOG_SECONDS:
            reported = time.monotonic()
            log(f"verification of {name}: {progress}")

    return tell


__all__ = ("VerificationFailed", "backup_verify", "request_of")
