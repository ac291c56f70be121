# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same work in each repository of a cluster that this host can do it in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from ..._core.errors import InvalidInput, PitrError
from ..._core.repository.outcome import RepositoryOutcome
from ..storage.file_errors import not_readable
from .repository import Repository

_Result = TypeVar("_Result")
# What a signal raises in a worker: it ends the whole run.
_INTERRUPTED = "interrupted"


def repositories_here(first: Repository, *, what: str, names: Sequence[str] = ()) -> tuple[Repository, ...]:
    """Those in which this host may do the work that ``what`` names, in the order of the list; ``names``: of these.

    What another host keeps is that one's work. Raises InvalidInput (``repository-elsewhere`` where nothing is left, or
    one was named that is elsewhere; ``repositories-invalid`` for a name that none has).
    """
    every = (first, *first.others)
    known = [each.name for each in every if each.name]
    for name in names:
        if name not in known:
            raise InvalidInput(
                f"no repository of this cluster has the name '{name}'",
                code="repositories-invalid",
                hint=f"There is {', '.join(known) or 'none with a name'}.",
            )
    wanted = [each for each in every if not names or each.name in names]
    found = [each for each in wanted if each.host is None]
    if names or not found:
        for each in wanted:
            each.check_is_here(what)
    return tuple(found)


def in_each(
    repositories: Sequence[Repository], work: Callable[[Repository], _Result]
) -> tuple[RepositoryOutcome[_Result], ...]:
    """The work done in each of them; what keeps it from one of several does not stop the others.

    Raises what ``work`` raises where there is one alone.
    """
    if len(repositories) == 1:
        only = repositories[0]
        return (RepositoryOutcome(only.name, only.is_required, work(only)),)
    found = []
    for each in repositories:
        try:
            found.append(RepositoryOutcome(each.name, each.is_required, work(each)))
        except PitrError as error:
            if error.code == _INTERRUPTED:
                raise
            found.append(RepositoryOutcome(each.name, each.is_required, error=error))
        except OSError as error:
            # A medium that gives nothing back while it is read.
            failure = not_readable(str(error.filename or each.path), error)
            found.append(RepositoryOutcome(each.name, each.is_required, error=failure))
    return tuple(found)


__all__ = ("in_each", "repositories_here")
