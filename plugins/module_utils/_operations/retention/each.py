# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Retention in each repository of a cluster, by the rules of that repository."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..._core.repository.outcome import RepositoryOutcome
from ..._core.retention.plan import ExpirePlan
from ..._core.retention.policy import RetentionPolicy, check_policy
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.each import in_each, repositories_here
from ..._io.repository.repository import Repository
from .expire import Clock, expire, rehearse_expire


def expire_each(
    first: Repository,
    *,
    name: str,
    policy: RetentionPolicy,
    clock: Clock,
    wait_seconds: float = 0,
    names: Sequence[str] = (),
    is_rehearsal: bool = False,
    check: Callable[[ClusterFolder], None] = lambda _folder: None,
) -> tuple[RepositoryOutcome[ExpirePlan], ...]:
    """Apply retention to the cluster ``name`` in each repository of this host, or in those with these ``names``.

    ``policy`` has the rules of those without their own. ``check`` refuses a folder before anything is decided there.
    All rules are checked before anything is removed. Raises InvalidInput (``option-out-of-range``) and as
    :func:`repositories_here`; where there is one repository alone, what :func:`expire` raises.
    """
    here = repositories_here(first, what="retention", names=names)
    policies = {id(each): check_policy(policy.with_own(each.keep)) for each in here}

    def work(repository: Repository) -> ExpirePlan:
        if is_rehearsal:
            repository.check_readable()
        else:
            repository.check()
        folder = repository.cluster(name)
        check(folder)
        act = rehearse_expire if is_rehearsal else expire
        return act(folder, policy=policies[id(repository)], clock=clock, wait_seconds=wait_seconds)

    return in_each(here, work)


__all__ = ("expire_each",)
