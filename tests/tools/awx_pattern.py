# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pattern under `extensions/patterns`, made from the kit for AWX: `make generate` writes it.

Patterns are JSON and know no include, no workflow and no type of job.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import awx_kit

PATTERN = awx_kit.CHECKOUT / "extensions" / "patterns" / "pitr" / "meta" / "pattern.json"
LABELS = ["pitr"]


def pattern(*, collection: Path = awx_kit.CHECKOUT) -> dict[str, Any]:
    """The definition of the pattern."""
    made = [_template(one) for one in awx_kit.templates(collection=collection)]
    made[0]["primary"] = True
    return {
        "schema_version": "1.0",
        "name": "pitr",
        "title": "Back up and restore PostgreSQL to any moment",
        "description": "Archives WAL, takes verified base backups, reports what can be recovered, plans restores, and "
        "restores and rolls back clusters of PostgreSQL. Each job leaves the artifact pitr_result to a workflow.",
        "short_description": "WAL archiving, base backups and point-in-time recovery of PostgreSQL clusters",
        "tags": ["postgresql", "database", "backup", "recovery", "pitr"],
        "aap_resources": {
            "controller_project": {"name": "PostgreSQL PITR", "description": "The playbooks of pgfleet.pitr."},
            "controller_labels": LABELS,
            "controller_job_templates": made,
        },
    }


def _template(template: dict[str, Any]) -> dict[str, Any]:
    made = {key: template[key] for key in ("name", "description", "playbook")}
    asked = {"ask_credential_on_launch": True, "ask_inventory_on_launch": True, "labels": LABELS}
    return {**made, **asked, **({"survey": template["survey"]} if template["survey"] else {})}


def text() -> str:
    """The file."""
    return json.dumps(pattern(), indent=2) + "\n"


def main() -> int:
    """Write the file."""
    PATTERN.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
