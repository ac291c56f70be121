# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pytest runs: unit tests (also under Python 3.9), integration tests on real PostgreSQL, benchmarks."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

import debian
import python_env
import pythons
from context import Context
from places import CHECKOUT
from stamps import Stamps
from steps import Outcome, say

TORTURE = "tests/integration/test_archive_torture.py"
OBJECT_STORAGE_TESTS = "tests/unit/plugins/module_utils/_io/s3"
PURE_TESTS = "tests/unit/plugins/module_utils/_core"
MEMORY_FILE_SYSTEM = Path("/dev/shm")
ENOUGH_MEMORY_BYTES = 4 << 30
# Tests mostly wait, for PostgreSQL or for the disk: with two processes half of two cores stay idle.
INTEGRATION_PROCESSES = "4"
UNIT_PROCESSES = "2"


def unit(context: Context) -> list[Outcome]:
    """The unit tests; once more those of object storage, with Debian 12's boto3, and of pure code, on Python 3.9."""
    context.need_python("run", "test")
    arguments = ["tests/unit", "-n", UNIT_PROCESSES, "--dist", "worksteal"]
    outcomes = [run_pytest(context, "unit", [context.program("python")], arguments), _with_old_boto3(context)]
    floor = pythons.find(pythons.FLOOR, caller=context.caller)
    if floor is None:
        say("NOT RUN: unit tests under Python 3.9: no python3.9 found (PITR_PYTHON_39=/path names one)")
        return outcomes
    with Stamps(context.build).lock():
        floor_bin = python_env.ensure_floor(context.build, floor)
    return [*outcomes, run_pytest(context, "unit-3.9", [str(floor_bin / "python")], [PURE_TESTS])]


def _with_old_boto3(context: Context) -> Outcome:
    with Stamps(context.build).lock():
        folder = python_env.ensure_old_boto3(context.build)
    extra = {"PYTHONPATH": str(folder), "PITR_BOTO3": "1.26.27"}
    return run_pytest(context, "unit-boto3-1.26", [context.program("python")], [OBJECT_STORAGE_TESTS], extra=extra)


def integration(context: Context) -> list[Outcome]:
    """The installed collection on PostgreSQL 15 (Debian's), 16 and 18 (embedded)."""
    need_servers(context)
    arguments = ["tests/integration", "-n", INTEGRATION_PROCESSES, "--dist", "worksteal"]
    return [run_pytest(context, "integration", [context.program("python")], arguments)]


def bench(context: Context) -> list[Outcome]:
    """The benchmarks: ratios within one run, printed as a table."""
    if not any((CHECKOUT / "tests" / "benchmark").glob("test_*.py")):
        say("bench: there are no benchmarks yet (tests/benchmark)")
        return []
    # What archiving is compared with.
    need_servers(context, more=("pgbackrest",))
    arguments = ["tests/benchmark", "-s", "--timeout", "1800"]
    return [run_pytest(context, "bench", [context.program("python")], arguments)]


def torture(context: Context) -> list[Outcome]:
    """Archiving and recovery while all is killed, until TORTURE_KILLS (10000) are survived, from TORTURE_SEED (1)."""
    need_servers(context)
    return [run_pytest(context, "torture", [context.program("python")], [TORTURE, "-s", "--timeout", "7200"])]


def fuzz(context: Context) -> list[Outcome]:
    """Changed files for everything that reads a repository, for FUZZ_SECONDS (60), from FUZZ_SEED (1)."""
    context.need_python("run", "test")
    # What is not given make passes on as an empty text, where its caller exports it.
    seconds, seed = context.caller.get("FUZZ_SECONDS") or "60", context.caller.get("FUZZ_SEED") or "1"
    argv = [context.program("python"), "-B", "tests/fuzz/fuzz.py", "--seconds", seconds, "--seed", seed]
    return [context.run("fuzz", argv)]


def need_servers(context: Context, *, more: tuple[str, ...] = ()) -> None:
    """What tests on real PostgreSQL need."""
    context.need_python("run", "test")
    if debian.is_ours_to_install():
        with Stamps(context.build).lock():
            debian.ensure_packages(context.build, more=more)
    context.need_postgres()
    context.need_collection()


def run_pytest(
    context: Context, name: str, python: list[str], arguments: list[str], *, extra: Mapping[str, str] | None = None
) -> Outcome:
    """Run pytest; its counts are left in a file for the summary of `make test`."""
    options = ["-m", "pytest", f"--junitxml={junit_file(context, name)}", "-o", f"cache_dir={context.build / name}"]
    chosen = shlex.split(context.caller.get("PYTEST_ARGS", ""))
    place = CHECKOUT / arguments[0]
    if not place.is_file() and not any(place.rglob("test_*.py")):
        say(f"{name}: there are no tests in {arguments[0]}")
        return Outcome(name=name, exit_code=1, seconds=0)
    # Benchmarks measure the disk as well.
    extra = {**(extra or {}), **({} if name == "bench" else _scratch(context))}
    if name == "torture":
        extra = {**extra, "TORTURE_KILLS": context.caller.get("TORTURE_KILLS") or "10000"}
    return context.run(name, [*python, *options, *arguments, *chosen], extra=extra)


def _scratch(context: Context) -> dict[str, str]:
    """Clusters of tests in memory, where there is enough: initdb alone takes a third of the time it takes on a disk."""
    if context.caller.get("PITR_TEST_TMPDIR"):
        return {"PITR_TEST_TMPDIR": context.caller["PITR_TEST_TMPDIR"]}
    try:
        facts = os.statvfs(MEMORY_FILE_SYSTEM)
    except OSError:
        return {}
    usable = os.access(MEMORY_FILE_SYSTEM, os.W_OK) and not facts.f_flag & os.ST_NOEXEC
    enough = facts.f_bavail * facts.f_frsize >= ENOUGH_MEMORY_BYTES
    return {"PITR_TEST_TMPDIR": str(MEMORY_FILE_SYSTEM)} if usable and enough else {}


def junit_file(context: Context, name: str) -> Path:
    """Where a pytest run leaves its counts."""
    return context.build / "logs" / f"junit-{name}.xml"
