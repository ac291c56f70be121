# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module wal_archive answers."""

from __future__ import annotations

from typing import Any

from .._core.cluster import Cluster
from .._core.configuration_text import without_secrets
from .._io.archive_proof import Proof
from .archive_plan import ArchivePlan
from .cluster_facts import cluster_facts


def archive_values(
    plan: ArchivePlan, *, cluster: Cluster, restarted: bool, proof: Proof | None, reason: str
) -> dict[str, Any]:
    """The return values. ``reason`` says why there is no new proof."""
    return {
        "restart_required": plan.settings.restart_required and not restarted,
        "restarted": restarted,
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
            "proven": proof is not None or reason == "already",
            "reason": reason,
            "segment": proof.segment if proof else None,
            "seconds": proof.seconds if proof else None,
        },
        "cluster": cluster_facts(cluster),
    }


def archive_diff(plan: ArchivePlan) -> dict[str, Any]:
    """The texts of everything that changes, before and after, one below the other."""
    before = [_section(path, without_secrets(plan.files[path].text)) for path in sorted(plan.texts)]
    after = [_section(path, without_secrets(plan.texts[path])) for path in sorted(plan.texts)]
    if plan.registers:
        before.append(_section("cluster.json", str(plan.identity_before or "")))
        after.append(_section("cluster.json", str(plan.identity)))
    return {"before": "".join(before), "after": "".join(after)}


def _section(name: str, text: str) -> str:
    # A file may hold bytes that are no UTF-8, which a result cannot.
    return f"# {name}\n{text.encode('utf-8', 'surrogateescape').decode('utf-8', 'replace')}"


__all__ = ("archive_diff", "archive_values")
