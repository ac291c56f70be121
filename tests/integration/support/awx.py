# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kit's job templates and workflows, launched as AWX would: its rules for answers, artifacts and failures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import awx_kit
import awx_rules
from support.places import collections_path
from support.runner import Job, run_job
from support.site import Site

COLLECTION = collections_path() / "ansible_collections" / "pgfleet" / "pitr"
PLAYBOOKS = COLLECTION / "extensions" / "patterns" / "pitr" / "playbooks"


@dataclass
class Walk:
    """A workflow that was walked: the nodes in order, what became of each, and the artifacts that they left."""

    artifacts: dict[str, Any] = field(default_factory=dict)
    nodes: list[tuple[str, bool]] = field(default_factory=list)
    jobs: dict[str, Job] = field(default_factory=dict)

    @property
    def way(self) -> list[str]:
        """The nodes' identifiers."""
        return [name for name, _went_well in self.nodes]

    @property
    def failed(self) -> bool:
        """Whether AWX would say that the workflow has failed: the last node did, and none follows a failure of it."""
        return not self.nodes[-1][1]


class Desk:
    """Launches what the installed kit has, on a site whose hosts are all `db1`."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.templates = {one["name"]: one for one in awx_kit.templates(collection=COLLECTION)}
        self.workflows = {one["name"]: one for one in awx_kit.workflows(collection=COLLECTION)}

    def launch(self, *names: str, check: bool = False, **answers: Any) -> Job:
        """Launch a job template with the answers to its survey; or several in one job, which saves time."""
        templates = [self.templates[f"PITR {name}"] for name in names]
        spec = [question for one in templates for question in one["survey"].get("spec", [])]
        assert awx_rules.refusals_of_answers({"spec": spec}, answers) == []
        return self._run(*templates, variables=answers, check=check)

    def record(self, name: str, *, check: bool = False, **answers: Any) -> Mapping[str, Any]:
        """What the artifact of a job says of the cluster."""
        job = self.launch(name, check=check, **answers)
        record: Mapping[str, Any] = job.result["clusters"]["db1"]
        assert job.exit_code == (0 if record["status"] == "ok" else 2), job.output
        return record

    def walk(self, name: str, *, approvals: Mapping[str, bool], **answers: Any) -> Walk:
        """Walk through a workflow along its edges; whoever is asked answers as in ``approvals``."""
        workflow = self.workflows[f"PITR {name}"]
        assert awx_rules.refusals_of_answers(workflow["survey"], answers) == []
        nodes = {node["identifier"]: node for node in workflow["nodes"]}
        walk, at = Walk(), workflow["nodes"][0]["identifier"]
        while at:
            went_well = self._step(nodes[at], walk, approvals=approvals, answers=answers)
            walk.nodes.append((at, went_well))
            following = nodes[at].get("related", {}).get("success_nodes" if went_well else "failure_nodes", [])
            at = following[0]["identifier"] if following else ""
        return walk

    def _step(
        self, node: Mapping[str, Any], walk: Walk, *, approvals: Mapping[str, bool], answers: Mapping[str, Any]
    ) -> bool:
        wanted = node["unified_job_template"]
        if wanted["type"] == "workflow_approval":
            return approvals[node["identifier"]]
        name = awx_kit.setting("checks_template") if "checks_template" in wanted["name"] else wanted["name"]
        # The answers of a workflow go to all of its jobs, over the artifacts of those before.
        job = self._run(self.templates[name], variables={**walk.artifacts, **answers})
        walk.artifacts.update(job.artifacts)
        walk.jobs[node["identifier"]] = job
        return job.exit_code == 0

    def _run(self, *templates: Mapping[str, Any], variables: Mapping[str, Any], check: bool = False) -> Job:
        return run_job(
            self.site.workbench,
            [str(PLAYBOOKS / one["playbook"]) for one in templates],
            inventory=self.site.inventory,
            extra_vars=variables,
            check=check or templates[0].get("job_type") == "check",
            limit="db1",
        )
