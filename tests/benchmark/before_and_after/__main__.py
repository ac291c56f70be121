# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An earlier commit and this checkout, each on a host of its own with the same database, taking turns.

`PITR_BENCH_BEFORE` names the commit; the other variables are those of `against_pgbackrest`. Exit code 0: no slower;
1: slower, or a copy without its rows; 3: this machine cannot run test hosts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "against_pgbackrest"))

from bench_host import CANNOT_RUN, Timing
from report import Contest, table

CHECKOUT = Path(__file__).resolve().parents[3]
BEFORE = os.environ.get("PITR_BENCH_BEFORE", "")
RELEASE = os.environ.get("PITR_BENCH_RELEASE", "trixie")
VERSIONS = {"trixie": "17", "forky": "18"}
SCALE = os.environ.get("PITR_BENCH_SCALE", "220")
ROUNDS = int(os.environ.get("PITR_BENCH_ROUNDS", "5"))
UPDATES = 20_000
MORE_INCREMENTAL = 2
# Two runs of the same commit differ by so much.
LIMIT = 1.05


class Side:
    """A checkout that is measured by its own process."""

    def __init__(self, name: str, process: subprocess.Popen[str]) -> None:
        self.name = name
        self._process = process

    def ready(self) -> str:
        """What its program calls itself, once its database is filled and archived. Raises SideGoneError."""
        return str(self._answer())

    def ask(self, verb: str) -> Any:
        """One measurement. Raises SideGoneError."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{verb}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SideGoneError(self.name, self._process.wait())
        return json.loads(line)


class SideGoneError(Exception):
    """A side ended before it answered; what it said is on stderr."""

    def __init__(self, name: str, exit_code: int) -> None:
        super().__init__(f"{name} ended with {exit_code}, see above")
        self.exit_code = exit_code


def checkout_of(commit: str) -> Path:
    """A built checkout of the commit, kept for the next run. Raises CalledProcessError."""
    place = CHECKOUT / ".build" / "before" / commit
    if not place.exists():
        subprocess.run(["git", "clone", "-q", "--no-checkout", CHECKOUT, place], check=True)
        subprocess.run(["git", "checkout", "-q", commit], cwd=place, check=True)
    subprocess.run(["make", "-s", "build"], cwd=place, check=True, stdout=sys.stderr)
    return place


@contextmanager
def side(name: str, checkout: Path, *, scenario: str) -> Iterator[Side]:
    """A side with a host of its own, which is removed in the end."""
    build = checkout / ".build"
    environ = {
        **os.environ,
        "PATH": f"{build / 'venv' / 'bin'}:{os.environ['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": os.fspath((build / "collections").resolve()),
    }
    program = Path(__file__).with_name("side.py")
    argv = [build / "venv" / "bin" / "python", "-B", program, checkout, scenario, RELEASE, VERSIONS[RELEASE], SCALE]
    process = subprocess.Popen(argv, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Side(name, process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait()


def compare(sides: Sequence[Side]) -> tuple[list[Contest], dict[str, Any]]:
    """Backups and restores in turns, both databases changed alike; and by side what was there, and restored."""
    full = contest("full backup", "full", sides=sides)
    restore = contest("restore of a full backup", "restore", sides=sides)
    incremental = contest(f"incremental backup after {UPDATES} updates", "incremental", sides=sides, change=UPDATES)
    chain = contest(f"restore of a chain, full and {ROUNDS} incremental", "restore", sides=sides)
    rows = {one.name: one.ask("rows") for one in sides}
    # They take a second each, of which a busy moment of the machine is a large part.
    more = MORE_INCREMENTAL * ROUNDS
    again = contest(incremental.title, "incremental", sides=sides, change=UPDATES, rounds=more, found=incremental)
    return [full, restore, again, chain], rows


def contest(
    title: str,
    verb: str,
    *,
    sides: Sequence[Side],
    change: int = 0,
    rounds: int = ROUNDS,
    found: Contest | None = None,
) -> Contest:
    """One thing, done in turns; with ``found``, more of the same."""
    found = found or Contest(title, LIMIT)
    for number in range(rounds):
        for one in sides if number % 2 == 0 else sides[::-1]:
            if change:
                one.ask(f"change {change}")
            answer = one.ask(verb)
            timing = Timing(**answer["timing"])
            found.add(one.name, timing, size_bytes=answer.get("size_bytes"))
            print(f"{title}, {one.name}: {timing}", flush=True)
    return found


def main() -> int:
    """The exit code."""
    if not BEFORE:
        print("bench-before: name a commit: PITR_BENCH_BEFORE=f859a1c make bench-before")
        return 2
    began = time.monotonic()
    earlier = checkout_of(BEFORE)
    try:
        with ExitStack() as stack:
            now = stack.enter_context(side("now", CHECKOUT, scenario="bench-now"))
            print(f"now: {now.ready()}", flush=True)
            before = stack.enter_context(side(BEFORE, earlier, scenario="bench-before"))
            print(f"{BEFORE}: {before.ready()}", flush=True)
            contests, rows = compare([now, before])
    except SideGoneError as error:
        print(f"bench-before: {error}")
        return CANNOT_RUN if error.exit_code == CANNOT_RUN else 1
    lines = [row for one in contests for row in one.rows(["now", BEFORE])]
    rounds = f"medians of {ROUNDS} rounds, of {(1 + MORE_INCREMENTAL) * ROUNDS} incremental ones"
    print(f"\n{RELEASE}, {rounds}, {time.monotonic() - began:.0f} s\n")
    print(table(lines, tools=["now", BEFORE]))
    lost = [name for name, (expected, found) in rows.items() if expected != found]
    for name in lost:
        print(f"bench-before: what {name} restored has {rows[name][1]} instead of {rows[name][0]}")
    return 0 if not lost and all(row.is_kept(["now", BEFORE]) for row in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
