# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of verifying several repositories of a cluster, as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..repository.outcome import RepositoryOutcome, titled
from .report import VerifyReport

Outcomes = Sequence[RepositoryOutcome[VerifyReport]]
# What is the same of each, summed up in the result of all.
_LISTS = ("findings", "damaged", "missing", "healed", "notes")
_NUMBERS = (
    "looked_at_backups",
    "unparsed_segments",
    "encrypted_archives",
    "encrypted_segments",
    "read_bytes",
    "seconds",
)
_COUNTS = ("verified", "left", "never_verified")


def has_findings(outcomes: Outcomes) -> bool:
    """Whether there is a problem in any that was read."""
    return any(each.result and each.result.findings for each in outcomes)


def problem_message(outcomes: Outcomes) -> str:
    """The first findings of each that has any."""
    return "; ".join(
        each.result.message() + (f" ('{each.name}')" if each.name else "")
        for each in outcomes
        if each.result and each.result.findings
    )


def outcomes_text(outcomes: Outcomes, *, name: str) -> str:
    """The reports one below the other, each with the name of its repository."""
    found = [replace(each.result, name=titled(name, repository=each.name)) for each in outcomes if each.result]
    return "".join(each.text() for each in found)


def outcomes_to_dict(outcomes: Outcomes, *, name: str) -> dict[str, Any]:
    """One report as data; of several what all have found, and each by itself in ``repositories``."""
    if not outcomes[0].name and outcomes[0].result:
        return outcomes[0].result.to_dict()
    forms = [{**each.failure_to_dict(), **(each.result.to_dict() if each.result else {})} for each in outcomes]
    read = [form for form in forms if "findings" in form]
    whole: dict[str, Any] = {"cluster": name, "ok": all(form.get("ok") for form in forms)}
    whole.update({key: [one for form in read for one in _named(form, key)] for key in _LISTS})
    whole.update({key: round(sum(form[key] for form in read), 3) for key in _NUMBERS})
    for key in _COUNTS:
        whole[key] = {kind: sum(form[key][kind] for form in read) for kind in (read[0][key] if read else ())}
    return {**whole, "text": outcomes_text(outcomes, name=name), "repositories": forms}


def _named(form: dict[str, Any], key: str) -> list[Any]:
    """A list of one report, with the name of its repository where its items are mappings."""
    return [{**one, "repository": form["repository"]} if isinstance(one, dict) else one for one in form[key]]


__all__ = ("Outcomes", "has_findings", "outcomes_text", "outcomes_to_dict", "problem_message")
