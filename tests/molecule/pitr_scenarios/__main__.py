# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs molecule scenarios: images of the hosts first, then each scenario alone, then a table.

Exit code 0: all passed; 1: one failed; 3: this machine cannot run them, and the reason is printed.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["main"]

HERE = Path(__file__).resolve().parent.parent
PROJECT = HERE.parent.parent
COLLECTION = Path("ansible_collections", "pgfleet", "pitr")
CALLBACKS = PROJECT / "tests" / "integration" / "support" / "callbacks"
REQUIREMENTS = HERE / "requirements.txt"
# What fits into the time of every run; the others are in --all.
IN_EVERY_RUN = ("default", "debian_layout", "pitr", "faults", "attacks", "repository_host")
LOG_LINES = 250


@dataclass(frozen=True)
class Outcome:
    """What a scenario came to, and its wall clock."""

    scenario: str
    passed: bool
    seconds: float
    log: Path


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    top = argparse.ArgumentParser(
        prog="tests/molecule/run", description=__doc__.split("\n", maxsplit=1)[0] if __doc__ else ""
    )
    top.add_argument("scenario", nargs="*", help="scenarios to run; without any, those of --ci")
    top.add_argument("--all", action="store_true", help="every scenario there is")
    top.add_argument("--ci", action="store_true", help=f"those that run every time: {', '.join(IN_EVERY_RUN)}")
    top.add_argument("--list", action="store_true", help="print the scenarios there are")
    top.add_argument(
        "--venv",
        default=os.environ.get("PITR_VENV") or os.environ.get("VIRTUAL_ENV", ""),
        help="virtual environment with ansible-core; molecule is added where it is missing",
    )
    top.add_argument(
        "--collections",
        default=os.environ.get("ANSIBLE_COLLECTIONS_PATH", ""),
        help="folder whose ansible_collections/pgfleet/pitr is tested",
    )
    top.add_argument("--logs", default="", help="folder for one log of each scenario")
    top.add_argument("--jobs", type=int, default=2, help="scenarios at the same time")
    top.add_argument("--keep", action="store_true", help="leave the hosts of a scenario standing")
    return top


def scenarios_there_are() -> list[str]:
    """The names of the scenarios, in the order in which they run."""
    names = {path.parent.name for path in PROJECT.glob("molecule/*/molecule.yml")}
    return [*(name for name in IN_EVERY_RUN if name in names), *sorted(names - set(IN_EVERY_RUN))]


def chosen(options: argparse.Namespace) -> list[str]:
    """The scenarios that the command line asks for."""
    there = scenarios_there_are()
    if options.all:
        return there
    return options.scenario or [name for name in there if name in IN_EVERY_RUN]


def tool_environment(options: argparse.Namespace) -> dict[str, str]:
    """The environment of molecule: the virtual environment first on the path, the collection under test alone."""
    # Names in it must not depend on who runs it: no colours, no borders, no settings of the user.
    fixed = {"NO_COLOR": "1", "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    path = f"{Path(options.venv).absolute()}/bin:{os.environ.get('PATH', os.defpath)}"
    collections = str(collections_folder(options).absolute())
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "MOLECULE_", "PYTEST_"))}
    shared = {
        "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
        "ANSIBLE_CALLBACKS_ENABLED": "pitr_shared_payloads",
        "PITR_SHARED_PAYLOADS": options.payloads,
    }
    return {**kept, **fixed, **shared, "PATH": path, "ANSIBLE_COLLECTIONS_PATH": collections}


def collections_folder(options: argparse.Namespace) -> Path:
    """The first of the folders that has the collection; the first of all where none has it."""
    folders = [Path(folder) for folder in options.collections.split(":")]
    return next((folder for folder in folders if (folder / COLLECTION).exists()), folders[0])


def missing_parts(options: argparse.Namespace) -> str:
    """Why nothing can run; empty where all is there."""
    if not options.venv or not Path(options.venv, "bin", "python").exists():
        return f"no virtual environment '{options.venv}': name one with --venv"
    if not (collections_folder(options) / COLLECTION).exists():
        return f"no collection pgfleet.pitr under '{options.collections}': name its folder with --collections"
    unknown = sorted(set(options.scenario) - set(scenarios_there_are()))
    return f"no such scenario: {', '.join(unknown)}" if unknown else ""


def install_requirements(options: argparse.Namespace) -> None:
    """Adds molecule and testinfra to the virtual environment where one of them is missing."""
    python = str(Path(options.venv, "bin", "python"))
    probe = "import molecule, pytest, testinfra"
    if subprocess.run([python, "-c", probe], capture_output=True, check=False).returncode != 0:
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", str(REQUIREMENTS)], check=True)


def molecule(verb: str, name: str, *words: str, options: argparse.Namespace, log: Path) -> bool:
    """Whether molecule succeeded with a scenario; its output is appended to the log."""
    argv = ["molecule", verb, "--no-command-borders", "--scenario-name", name, *words]
    with log.open("a", encoding="utf-8") as output:
        done = subprocess.run(
            argv,
            cwd=PROJECT,
            env=tool_environment(options),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    return done.returncode == 0


def run_scenario(name: str, *, options: argparse.Namespace, logs: Path) -> Outcome:
    """Runs one scenario with its output in a log, which is printed where it failed."""
    began, log = time.monotonic(), logs / f"{name}.log"
    log.write_text("", encoding="utf-8")
    if options.keep:
        # molecule would go on with the hosts that were kept before.
        molecule("destroy", name, options=options, log=log)
    passed = molecule("test", name, *(["--destroy=never"] if options.keep else []), options=options, log=log)
    outcome = Outcome(name, passed, time.monotonic() - began, log)
    print(f"molecule: {name}: {'passed' if outcome.passed else 'FAILED'} in {outcome.seconds:.0f} s", flush=True)
    if not outcome.passed:
        print(tail(log), flush=True)
    return outcome


def tail(log: Path) -> str:
    """The end of a log, without the colours that some tool put there all the same."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
    return f"---- the end of {log}\n" + re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(lines)) + "\n----"


def print_table(outcomes: Sequence[Outcome], *, left_out: Sequence[str]) -> None:
    """Says for each scenario whether it passed, and which did not run at all."""
    for outcome in outcomes:
        print(f"  {outcome.scenario:<16} {'passed' if outcome.passed else 'FAILED':<8} {outcome.seconds:6.0f} s")
    for name in left_out:
        print(f"  {name:<16} not run")
    failed = sum(not outcome.passed for outcome in outcomes)
    print(f"molecule: {len(outcomes) - failed} passed, {failed} failed", flush=True)


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    options = parser().parse_args(arguments)
    if options.list:
        print("\n".join(scenarios_there_are()))
        return 0
    names, reason = chosen(options), missing_parts(options)
    if reason:
        print(f"molecule: not run: {reason}", file=sys.stderr)
        return 3
    began = time.monotonic()
    made = subprocess.run([str(HERE / "hosts"), "images"], stdout=subprocess.DEVNULL, check=False)
    if made.returncode != 0:
        print(f"molecule: not run: {', '.join(names)}: the hosts could not be made, see above", file=sys.stderr)
        return made.returncode
    print(f"molecule: images of the hosts are there after {time.monotonic() - began:.0f} s", flush=True)
    install_requirements(options)
    logs = Path(options.logs or PROJECT / ".build" / "molecule")
    logs.mkdir(parents=True, exist_ok=True)
    # Making them again in each run of a playbook would cost a third of its time.
    with TemporaryDirectory(prefix="pitr-payloads-") as payloads, ThreadPoolExecutor(options.jobs) as pool:
        options.payloads = payloads
        outcomes = list(pool.map(lambda name: run_scenario(name, options=options, logs=logs), names))
    print_table(outcomes, left_out=[name for name in scenarios_there_are() if name not in names])
    return 0 if all(outcome.passed for outcome in outcomes) else 1


sys.exit(main(sys.argv[1:]))
