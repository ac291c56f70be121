# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs on real hosts: the molecule scenarios, by their own entry, benchmarks, and the quick start."""

from __future__ import annotations

import shutil
from pathlib import Path

from context import Context
from places import CHECKOUT, BuildError
from steps import NOT_RUN, Outcome, say

ENTRY = CHECKOUT / "tests" / "molecule" / "run"
MOMENTS = CHECKOUT / "tests" / "moments"
FLEET = CHECKOUT / "tests" / "benchmark" / "fleet"
BEFORE_AND_AFTER = CHECKOUT / "tests" / "benchmark" / "before_and_after"
AGAINST_PGBACKREST = CHECKOUT / "tests" / "benchmark" / "against_pgbackrest"
QUICKSTART = CHECKOUT / "quickstart" / "run"
NOT_THERE = "molecule: NOT RUN: there is no tests/molecule/run, so no scenario can be run"


def scenarios_are_there() -> bool:
    """Whether there is a scenario to run."""
    return ENTRY.exists() and any((CHECKOUT / "molecule").glob("*/molecule.yml"))


def molecule(context: Context) -> list[Outcome]:
    """One scenario, by the variable SCENARIO; the fixed set without it."""
    scenario = context.caller.get("SCENARIO", "")
    return _run(context, scenario.split() or ["--ci"])


def molecule_all(context: Context) -> list[Outcome]:
    """Every scenario."""
    return _run(context, ["--all"])


def log_folder(context: Context) -> Path:
    """Where each scenario leaves its log."""
    return context.build / "logs" / "molecule"


def _run(context: Context, arguments: list[str]) -> list[Outcome]:
    if not scenarios_are_there():
        say(NOT_THERE)
        return [Outcome(name="molecule", exit_code=NOT_RUN, seconds=0)]
    context.need_python("run", "molecule")
    context.need_collection()
    shutil.rmtree(log_folder(context), ignore_errors=True)
    argv = [str(ENTRY), "--venv", str(context.build / "venv"), "--collections", str(context.build / "collections")]
    argv += ["--logs", str(log_folder(context)), *arguments]
    return [context.run("molecule", argv, extra=_home(context))]


def _home(context: Context) -> dict[str, str]:
    """Host images are cached in the caller's own home: they outlive the build folder."""
    return {"HOME": context.caller["HOME"]} if context.caller.get("HOME") else {}


def bench_pgbackrest(context: Context) -> list[Outcome]:
    """Backups and restores beside pgBackRest's, on one host with both."""
    return _bench(context, "bench-pgbackrest", AGAINST_PGBACKREST)


def bench_before(context: Context) -> list[Outcome]:
    """Backups and restores beside those of an earlier commit, on a host for each."""
    return _bench(context, "bench-before", BEFORE_AND_AFTER)


def bench_fleet(context: Context) -> list[Outcome]:
    """What the playbooks cost for many clusters, on two hosts."""
    return _bench(context, "bench-fleet", FLEET)


def moments(context: Context) -> list[Outcome]:
    """Restores that are disturbed at random moments, on a host."""
    return _bench(context, "moments", MOMENTS)


def _bench(context: Context, name: str, program: Path) -> list[Outcome]:
    context.need_python("run")
    context.need_collection()
    return [context.run(name, [context.program("python"), str(program)], extra=_home(context))]


def quickstart(context: Context) -> list[Outcome]:
    """The quick start, with the embedded PostgreSQL unless PG_BIN names another one."""
    return _tell(context, "quickstart")


def quickstart_s3(context: Context) -> list[Outcome]:
    """The quick start with an embedded object storage beside it."""
    return _tell(context, "quickstart-s3", "object-storage")


def _tell(context: Context, story: str, *layers: str) -> list[Outcome]:
    given = context.caller.get("PG_BIN", "")
    if given and not (Path(given) / "initdb").exists():
        raise BuildError(f"PG_BIN is {given}, and there is no initdb in it")
    context.need_python("run", *layers)
    if not given:
        context.need_postgres()
    context.need_collection()
    return _quickstart(context, story)


def quickstart_clean(context: Context) -> list[Outcome]:
    """Stop and remove what the quick start made."""
    return _clean(context, "quickstart")


def quickstart_s3_clean(context: Context) -> list[Outcome]:
    """Stop and remove what the one with an object storage made."""
    return _clean(context, "quickstart-s3")


def _clean(context: Context, story: str) -> list[Outcome]:
    if not (context.build / "venv" / "bin" / "python").exists():
        say(f"{story}-clean: nothing was built here, so there is nothing to remove")
        return []
    return _quickstart(context, story, "--clean")


def _quickstart(context: Context, story: str, *options: str) -> list[Outcome]:
    if not QUICKSTART.exists():
        say("quickstart: there is no quickstart/run")
        return [Outcome(name=story, exit_code=1, seconds=0)]
    bin_directory = context.caller.get("PG_BIN", "") or str(context.build / "postgres" / "18" / "bin")
    argv = [context.program("python"), str(QUICKSTART), "--story", story, "--build-directory", str(context.build)]
    return [context.run(story, [*argv, "--pg-bin", bin_directory, *options])]
