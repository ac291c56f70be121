# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifying each repository of a cluster that this host reads, and healing one from the others where that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..._core.errors import PitrError
from ..._core.repository.outcome import RepositoryOutcome
from ..._core.verify.healed import HealOutcome
from ..._core.verify.report import VerifyReport
from ..._core.verify.selection import REQUEST_RANGES, VerifyRequest
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.each import in_each, repositories_here
from ..._io.repository.repository import Repository
from ..verify.verification import Verification

_EVER_SECONDS = REQUEST_RANGES["max_age_seconds"][1]


@dataclass(frozen=True)
class VerifyEach:
    """Of the cluster ``name`` in each repository of this host, or in those with these ``names``.

    ``verification`` makes that of one folder. ``heals``: repair what is damaged or missing from the other repositories.
    """

    first: Repository
    name: str
    request: VerifyRequest
    verification: Callable[[ClusterFolder, VerifyRequest], Verification]
    clock: Callable[[], datetime]
    names: Sequence[str] = ()
    heals: bool = False

    @property
    def elsewhere(self) -> tuple[Repository, ...]:
        """Those of the list that other hosts keep, and read themselves; none where some were named."""
        every = (self.first, *self.first.others)
        return tuple(each for each in every if each.host is not None and not self.names)

    def run(self, *, is_rehearsal: bool = False) -> tuple[RepositoryOutcome[VerifyReport], ...]:
        """Verify; in a rehearsal tell what would be read, and heal nothing.

        Raises InvalidInput (``option-out-of-range``) and as :func:`repositories_here`; where there is one repository
        alone, what :meth:`Verification.run` raises.
        """
        self.request.check()
        what = "healing" if self.heals else "verification"
        here = repositories_here(self.first, what=what, names=self.names)
        return in_each(here, self._rehearse if is_rehearsal else self._verify)

    def _rehearse(self, repository: Repository) -> VerifyReport:
        repository.check_readable()
        return self.verification(repository.cluster(self.name), self.request).rehearse()

    def _verify(self, repository: Repository) -> VerifyReport:
        if self.heals:
            repository.check()
        else:
            repository.check_readable()
        folder = repository.cluster(self.name)
        report = self.verification(folder, self.request).run()
        if not self.heals or not report.findings:
            return report
        return self._healed(report, repository=repository, folder=folder)

    def _healed(self, report: VerifyReport, *, repository: Repository, folder: ClusterFolder) -> VerifyReport:
        """The report without what could be healed; what was found is told whatever becomes of that."""
        from .heal import heal, reason_of

        others = [each for each in (self.first, *self.first.others) if each is not repository]
        outcome = HealOutcome()
        try:
            outcome = heal(report.findings, target=folder, others=others, now=self.clock())
            if outcome.healed:
                # What was just read is not read again.
                request = replace(self.request, max_age_seconds=_EVER_SECONDS, sample_percent=1, resume=False)
                again = self.verification(folder, request).run()
                report = report.after_healing(again, healed=outcome.healed)
        except (PitrError, OSError) as error:
            outcome.problems.append(f"the healing ended early: {reason_of(error)}")
            report = replace(report, healed=tuple(outcome.healed))
        return replace(report, notes=(*report.notes, *outcome.problems))


__all__ = ("VerifyEach",)
