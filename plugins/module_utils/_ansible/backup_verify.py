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
from .._core.repository.outcome import NotEverywhere, is_failure, remarks_of
from .._core.verify.outcomes import Outcomes, has_findings, outcomes_to_dict, problem_message
from .._core.verify.selection import ALL, VerifyRequest
from .._io.host.runner import SystemRunner
from .._io.repository.cluster_folder import ClusterFolder
from .._operations.healing.verify_each import VerifyEach
from .._operations.verify.progress import VerifyProgress
from .._operations.verify.verification import Verification, default_jobs
from .entry import Outcome, Request
from .repository import folder_of, repository_of

_LOG_SECONDS = 30.0


class VerificationFailed(Failed):
    """There are problems in the repository; ``values`` is the whole report."""

    def __init__(self, outcomes: Outcomes, *, values: dict[str, Any]) -> None:
        super().__init__(
            problem_message(outcomes),
            code="verification-failed",
            hint="'findings' lists each problem and its cost. Take a new backup, and check the repository's disks."
            " Where another repository has it whole, 'pitr_backup_verify_heal: true' repairs it.",
        )
        self.values = values


def backup_verify(request: Request) -> Outcome:
    """Read backups and WAL of a cluster. Needs neither a server nor a data directory."""
    options = request.options
    repository = repository_of(options)
    name = folder_of(options, repository=repository).name
    outcomes = VerifyEach(
        repository,
        name,
        request=request_of(options),
        verification=lambda folder, wanted: _verification(request, folder=folder, wanted=wanted),
        clock=_now,
        names=options["repository_names"] or [],
        heals=options["heal"],
    ).run(is_rehearsal=request.check_mode)
    is_changed = any(each.result and each.result.healed for each in outcomes)
    values = {"changed": is_changed, **outcomes_to_dict(outcomes, name=name)}
    if has_findings(outcomes):
        raise VerificationFailed(outcomes, values=values)
    if is_failure(outcomes):
        raise NotEverywhere(outcomes, values=values)
    del values["changed"]
    return Outcome(changed=is_changed, values=values, warnings=remarks_of(outcomes))


def _verification(request: Request, *, folder: ClusterFolder, wanted: VerifyRequest) -> Verification:
    return Verification(
        folder=folder,
        request=wanted,
        runner=SystemRunner(),
        bin_directory=request.options["bin_directory"],
        clock=_now,
        tell=_teller(folder.name, log=request.log),
    )


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


def _now() -> datetime:
    return datetime.now(timezone.utc)


__all__ = ("VerificationFailed", "backup_verify", "request_of")
