# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that need no PostgreSQL: style, what Galaxy asks of a collection, Ansible's own sanity tests, types."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import collection
import pythons
from context import Context
from places import CHECKOUT
from steps import Outcome, run_quietly, say

TYPED_STRICTLY = ("_core", "_io", "_operations", "_agent")
TYPED = (
    "plugins/module_utils/_ansible",
    "plugins/modules",
    "plugins/doc_fragments",
    "plugins/action",
    "plugins/filter",
)


def lint(context: Context) -> list[Outcome]:
    """Python's and YAML's style, ansible-lint's strictest profile on a copy of the sources, and Galaxy's importer."""
    context.need_python("run", "test")
    context.need_collection()
    tree = context.need_sources("lint")
    ruff = context.program("ruff")
    cache = str(context.build / "ruff")
    return [
        context.run("ruff check", [ruff, "check", "--cache-dir", cache, "--no-fix", "."]),
        context.run("ruff format", [ruff, "format", "--cache-dir", cache, "--check", "."]),
        context.run("yamllint", [context.program("yamllint"), "--strict", "."], cwd=tree),
        context.run(
            "ansible-lint",
            [context.program("ansible-lint"), "--offline", "--strict", "--nocolor", "--profile", "production"],
            cwd=tree,
            extra={"ANSIBLE_COLLECTIONS_PATH": str(tree.parents[2])},
        ),
        _changelog(context, tree),
        _importer(context),
    ]


def _changelog(context: Context, tree: Path) -> Outcome:
    """Fragments that a release can be made of, and a list of releases that holds what it may."""
    lint = [context.program("antsibull-changelog")]
    fragments = context.run("changelog fragments", [*lint, "lint"], cwd=tree)
    releases = context.run("changelog", [*lint, "lint-changelog-yaml", "changelogs/changelog.yaml"], cwd=tree)
    return releases if fragments.passed else fragments


def _importer(context: Context) -> Outcome:
    """What Galaxy does with the file that is uploaded; a warning fails as an error does."""
    log = context.log("galaxy-importer")
    log.unlink(missing_ok=True)
    # It leaves a file with its result where it runs.
    folder = context.build / "galaxy-importer"
    folder.mkdir(exist_ok=True)
    settings = {
        "GALAXY_IMPORTER_LOG_LEVEL_MAIN": "WARNING",
        # All of its findings were found above, by stricter rules.
        "GALAXY_IMPORTER_RUN_ANSIBLE_LINT": "false",
    }
    argv = [context.program("python"), "-m", "galaxy_importer.main", str(collection.artifact(context.build))]
    done = run_quietly("galaxy-importer", argv, environment={**context.tools, **settings}, log=log, cwd=folder)
    told = log.read_text(encoding="utf-8", errors="replace").splitlines()[1:]
    say("\n".join(told) or "galaxy-importer: accepted without a warning")
    return replace(done, exit_code=done.exit_code or int(bool(told)))


def types(context: Context) -> list[Outcome]:
    """mypy: strict where no library without types is used, plain elsewhere."""
    context.need_python("run", "test")
    strict = [f"plugins/module_utils/{one}" for one in TYPED_STRICTLY]
    common = [context.program("mypy"), "--cache-dir", str(context.build / "mypy")]
    return [
        context.run("mypy --strict", [*common, "--strict", *_present(strict)]),
        context.run("mypy", [*common, *_present(TYPED)]),
    ]


def _present(paths: list[str] | tuple[str, ...]) -> list[str]:
    return [one for one in paths if any((CHECKOUT / one).glob("**/*.py"))]


def sanity(context: Context) -> list[Outcome]:
    """`ansible-test sanity` without containers, for the controller's Python and, if it is there, for 3.9."""
    context.need_python("run", "test")
    tree = context.need_sources("sanity")
    _provide_pip_installer(context)
    # ansible-test asks git for its files; without a repository of its own the copy counts as ignored by the checkout.
    if not (tree / ".git").exists():
        subprocess.run(["git", "init", "--quiet", str(tree)], check=True, env=context.tools)
    ansible_test = [context.program("ansible-test"), "sanity", "--color", "no"]
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    outcomes = [context.run("ansible-test sanity", [*ansible_test, "--python", version], cwd=tree)]
    floor = pythons.find(pythons.FLOOR, caller=context.caller)
    if floor is None:
        say("NOT RUN: ansible-test's compile and import tests for Python 3.9: no python3.9 found ($PITR_PYTHON_39)")
        return outcomes
    extra = {"PATH": f"{_only(floor, context)}{os.pathsep}{context.tools['PATH']}"}
    tests = [*ansible_test, "--python", "3.9", "--test", "compile", "--test", "import"]
    return [*outcomes, context.run("ansible-test sanity (3.9)", tests, cwd=tree, extra=extra)]


def _only(interpreter: Path, context: Context) -> Path:
    """A directory with this interpreter and nothing else of its installation."""
    folder = context.build / "python3.9"
    folder.mkdir(exist_ok=True)
    link = folder / "python3.9"
    link.unlink(missing_ok=True)
    link.symlink_to(interpreter)
    return folder


def _provide_pip_installer(context: Context) -> None:
    """Let Python's own ensurepip stand in for the pip installer that ansible-test would download.

    The installer comes from a host that closed networks don't reach; ansible-test takes a cached file of that name.
    """
    source = "lib/python*/site-packages/ansible_test/_internal/python_requirements.py"
    (requirements,) = (context.build / "venv").glob(source)
    cache = context.build / "home" / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in re.findall(r"pip='([\d.]+)'", requirements.read_text(encoding="utf-8")):
        stand_in = cache / f"get_pip_{version.replace('.', '_')}.py"
        stand_in.write_text("import ensurepip\n\nensurepip.bootstrap(upgrade=True)\n", encoding="utf-8")
