# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The return values of the module wal_archive."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

from ..._core.postgres.cluster import Cluster
from ..._core.postgres.configuration_text import without_secrets
from ..._core.repository.layout import CLUSTER_FILE
from ..._operations.archiving.others import OtherPlan
from ..._operations.archiving.plan import ArchivePlan
from ..._operations.archiving.setup import ALREADY, ArchiveOutcome
from ..cluster_facts import cluster_facts

_CONTEXT_LINES = 2


def archive_values(done: ArchiveOutcome, *, cluster: Cluster) -> dict[str, Any]:
    """The return values."""
    plan, proof = done.plan, done.proof
    return {
        "restart_required": plan.settings.restart_required and not done.restarted,
        "restarted": done.restarted,
        "settings": [
            {
                "name": step.name,
                "before": step.before,
                "after": step.after,
                "file": step.file,
                "context": step.context,
            }
            for step in plan.settings.steps
        ],
        "proof": {
            "proven": proof is not None or done.reason == ALREADY,
            "reason": done.reason,
            "segment": proof.segment if proof else None,
            "seconds": proof.seconds if proof else None,
        },
        "cluster": cluster_facts(cluster),
    }


def archive_diff(plan: ArchivePlan, *, others: Sequence[OtherPlan] = ()) -> dict[str, Any]:
    """What changes in each file, before and after, with some lines of context: the files are long."""
    before, after = [], []
    for path in sorted(plan.texts):
        old, new = changed_lines(_readable(plan.files[path].text), _readable(plan.texts[path]))
        before.append(f"# {path}\n{old}")
        after.append(f"# {path}\n{new}")
    if plan.registers:
        before.append(f"# {CLUSTER_FILE}\n{plan.identity_before or ''}")
        after.append(f"# {CLUSTER_FILE}\n{plan.identity}")
    for other in others:
        if other.after != other.before:
            before.append(f"# {CLUSTER_FILE} of '{other.name}'\n{other.before or ''}")
            after.append(f"# {CLUSTER_FILE} of '{other.name}'\n{other.after}")
        stored = "".join(f"{name}\n" for name in (*other.histories, *other.segments))
        after += [f"# WAL files, stored from pg_wal in '{other.name}'\n{stored}"] if stored else []
    if plan.histories:
        after.append("# timeline history files, stored from pg_wal\n" + "".join(f"{name}\n" for name in plan.histories))
    if plan.segments:
        after.append("# WAL segments, stored from pg_wal\n" + "".join(f"{name}\n" for name in plan.segments))
    return {"before": "".join(before), "after": "".join(after)}


def changed_lines(before: str, after: str) -> tuple[str, str]:
    """The lines of two texts that differ, with their neighbours."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    groups = SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_CONTEXT_LINES)
    spans = [(group[0][1], group[-1][2], group[0][3], group[-1][4]) for group in groups]
    return (
        "".join("".join(old[first:last]) for first, last, _new_first, _new_last in spans),
        "".join("".join(new[first:last]) for _old_first, _old_last, first, last in spans),
    )


def _readable(text: str) -> str:
    # A file may hold bytes that are no UTF-8, which a result cannot.
    return without_secrets(text).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


__all__ = ("archive_diff", "archive_values", "changed_lines")
