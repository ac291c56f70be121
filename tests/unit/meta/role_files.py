# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles' files, as the tests of their rules read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from sources import PLAYBOOKS, ROLES, text_of, yaml_files

ROLE_NAMES = sorted(path.name for path in ROLES.iterdir() if path.is_dir()) if ROLES.is_dir() else []
FOLDERS_OF_TASKS = ("tasks", "handlers")


def load(path: Path) -> Any:
    """A YAML file's content."""
    return yaml.safe_load(text_of(path))


def options_of(role: str) -> dict[str, Any]:
    """The options of a role's entry point `main`."""
    return load(ROLES / role / "meta" / "argument_specs.yml")["argument_specs"]["main"].get("options") or {}


def defaults_of(role: str) -> dict[str, Any]:
    """A role's defaults."""
    path = ROLES / role / "defaults" / "main.yml"
    return (load(path) or {}) if path.exists() else {}


def task_files() -> list[Path]:
    """Every file of tasks and every playbook."""
    roles = [path for path in yaml_files(ROLES) if path.relative_to(ROLES).parts[1] in FOLDERS_OF_TASKS]
    return [*roles, *yaml_files(PLAYBOOKS)]
