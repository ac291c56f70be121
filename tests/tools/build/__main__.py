# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies behind `make`: `python3 tests/tools/build TARGET`."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping

import ansible_versions
import changelog
import checks
import hosts
import pytest_runs
import whole_run
from context import Context, from_process
from places import BuildError, prepare_build_folder
from steps import NOT_RUN, Outcome, say


def build(context: Context) -> list[Outcome]:
    """The virtual environment, PostgreSQL 16 and 18, and the installed collection."""
    context.need_python("run", "test")
    context.need_postgres()
    context.need_collection()
    say(f"build: ready in {context.build}")
    return []


def clean(context: Context) -> list[Outcome]:
    """Remove everything that was built."""
    for entry in context.build.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    return []


def generate(context: Context) -> list[Outcome]:
    """The roles' variables that describe a cluster and its repository, the tables in their READMEs, and the pattern."""
    context.need_python("run", "test")
    python = [context.program("python"), "-B"]
    outcomes: list[Outcome] = []
    for name, tool in (("role options", "role_options"), ("role READMEs", "role_readme"), ("pattern", "awx_pattern")):
        outcomes.append(context.run(name, [*python, f"tests/tools/{tool}.py"]))
        if not outcomes[-1].passed:
            break
    return outcomes


TARGETS: Mapping[str, Callable[[Context], list[Outcome]]] = {
    "build": build,
    "generate": generate,
    "lint": checks.lint,
    "types": checks.types,
    "sanity": checks.sanity,
    "unit": pytest_runs.unit,
    "integration": pytest_runs.integration,
    "fuzz": pytest_runs.fuzz,
    "torture": pytest_runs.torture,
    "moments": hosts.moments,
    "ansible-versions": ansible_versions.ansible_versions,
    "bench": pytest_runs.bench,
    "bench-pgbackrest": hosts.bench_pgbackrest,
    "bench-before": hosts.bench_before,
    "bench-fleet": hosts.bench_fleet,
    "molecule": hosts.molecule,
    "molecule-all": hosts.molecule_all,
    "changelog": changelog.changelog,
    "quickstart": hosts.quickstart,
    "quickstart-clean": hosts.quickstart_clean,
    "quickstart-s3": hosts.quickstart_s3,
    "quickstart-s3-clean": hosts.quickstart_s3_clean,
    "clean": clean,
}


def main(arguments: list[str]) -> int:
    """Run one target; 0 when all of it passed."""
    if len(arguments) != 1 or arguments[0] not in (*TARGETS, "test"):
        say(f"usage: python3 tests/tools/build {'|'.join((*TARGETS, 'test'))}")
        return 2
    # What is built must be readable for the account that PostgreSQL runs as.
    os.umask(0o022)
    sys.dont_write_bytecode = True
    try:
        context = from_process(prepare_build_folder())
        if arguments[0] == "test":
            return whole_run.run_all(context)
        outcomes = TARGETS[arguments[0]](context)
    except BuildError as error:
        say(f"make {arguments[0]}: {error}")
        return 1
    failed = [one.name for one in outcomes if not one.passed and one.exit_code != NOT_RUN]
    if failed:
        say(f"make {arguments[0]}: failed: {', '.join(failed)}")
        return 1
    return 0 if all(one.passed for one in outcomes) else NOT_RUN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
