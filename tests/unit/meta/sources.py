# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checkout's files, as the tests of the rules see them."""

from __future__ import annotations

import ast
import os
import subprocess
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
UTILS = CHECKOUT / "plugins" / "module_utils"
MODULES = CHECKOUT / "plugins" / "modules"
ROLES = CHECKOUT / "roles"
PLAYBOOKS = CHECKOUT / "playbooks"
# The one that sets up an AWX: it runs on no host of a cluster.
CONTROLLER_PLAYBOOK = PLAYBOOKS / "awx.yml"
NOT_SOURCES = {
    ".build",
    ".quickstart",
    ".quickstart-s3",
    ".git",
    ".ansible",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "__pycache__",
}


@cache
def all_files() -> tuple[Path, ...]:
    """Every file that git knows or would know; without git, every file but caches."""
    argv = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(argv, cwd=CHECKOUT, capture_output=True, check=True)
        names = {os.fsdecode(one) for one in done.stdout.split(b"\0") if one}
        found = {CHECKOUT / name for name in names}
    except (OSError, subprocess.CalledProcessError):
        found = {path for path in CHECKOUT.rglob("*") if not NOT_SOURCES & set(path.relative_to(CHECKOUT).parts)}
    return tuple(sorted(path for path in found if path.is_file()))


def python_files(folder: Path = CHECKOUT) -> list[Path]:
    """The Python files below a folder."""
    return [path for path in all_files() if path.suffix == ".py" and folder in path.parents]


def yaml_files(folder: Path) -> list[Path]:
    """The YAML files below a folder."""
    return [path for path in all_files() if path.suffix in (".yml", ".yaml") and folder in path.parents]


def playbooks() -> list[Path]:
    """The playbooks of clusters, without the tasks that they share."""
    return [path for path in yaml_files(PLAYBOOKS) if path.parent == PLAYBOOKS and path != CONTROLLER_PLAYBOOK]


def shown(path: Path) -> str:
    """A path as a failing test prints it."""
    return str(path.relative_to(CHECKOUT))


@cache
def text_of(path: Path) -> str:
    """A file's text; undecodable bytes do not matter to any rule."""
    return path.read_text(encoding="utf-8", errors="replace")


@cache
def tree_of(path: Path) -> ast.Module:
    """A file's syntax tree."""
    return ast.parse(text_of(path), filename=str(path))


def functions_of(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method."""
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
