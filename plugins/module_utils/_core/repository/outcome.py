# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run over several repositories did in each, and what kept it from the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..errors import PitrError, Unavailable

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class RepositoryOutcome(Generic[_Result]):
    """The result in the repository of this name (empty: the only one), or the ``error`` that kept the run from it."""

    name: str
    is_required: bool
    result: _Result | None = None
    error: PitrError | None = None

    def failure_to_dict(self) -> dict[str, Any]:
        """The name and the error, for a result that has both."""
        error = self.error
        told = {"code": error.code, "message": error.message, "hint": error.hint} if error else None
        return {"repository": self.name, "required": self.is_required, "failure": told}


class NotEverywhere(Unavailable):
    """Repositories that are required could not be worked on; ``values`` is what was done in the others."""

    def __init__(self, outcomes: Sequence[RepositoryOutcome[Any]], *, values: dict[str, Any]) -> None:
        failures = [(each.name, each.error) for each in outcomes if each.error and each.is_required]
        told = "; ".join(f"the repository '{name}' was left out: {error.message}" for name, error in failures)
        first = failures[0][1]
        super().__init__(told, code=first.code, hint=first.hint)
        self.values = values


def is_failure(outcomes: Sequence[RepositoryOutcome[Any]]) -> bool:
    """Whether a repository that is required was left out."""
    return any(each.error and each.is_required for each in outcomes)


def remarks_of(outcomes: Sequence[RepositoryOutcome[Any]]) -> tuple[str, ...]:
    """Which repositories that are not required were left out, in sentences.

    >>> away = Unavailable("it is not mounted", code="repository-not-mounted")
    >>> remarks_of([RepositoryOutcome("far", False, error=away), RepositoryOutcome("near", True, result=1)])
    ("the repository 'far' was left out: it is not mounted",)
    """
    return tuple(
        f"the repository '{each.name}' was left out: {' '.join(each.error.message.split())}"
        for each in outcomes
        if each.error and not each.is_required
    )


def titled(name: str, *, repository: str) -> str:
    """A cluster's name in a text about several repositories.

    >>> titled("db1", repository="far"), titled("db1", repository="")
    ("db1 in 'far'", 'db1')
    """
    return f"{name} in '{repository}'" if repository else name


__all__ = ("NotEverywhere", "RepositoryOutcome", "is_failure", "remarks_of", "titled")
