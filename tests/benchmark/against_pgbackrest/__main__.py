# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""pgfleet.pitr and pgBackRest on one cluster of one host, taking turns: seconds, sizes, and their ratios.

Exit code 0: within the limits; 1: not; 3: this machine cannot run test hosts. `PITR_BENCH_RELEASE` names the
host's release of Debian (trixie: PostgreSQL 17, forky: 18), `PITR_BENCH_SCALE` pgbench's scale, `PITR_BENCH_ROUNDS`
the number of repetitions. With `PITR_BENCH_REPOSITORY=ssh` both repositories are another user's, reached by SSH.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "integration"))

from bench_host import CANNOT_RUN, CommandFailedError, Host, HostMissingError, host_of
from copies import Copy
from database import Database
from elsewhere import prepare
from report import Contest, table
from tools import RESTORES, Ours, Theirs, Tool

VERSIONS = {"trixie": 17, "forky": 18}
RELEASE = os.environ.get("PITR_BENCH_RELEASE", "trixie")
# 220 is 3.3 GB. A smaller one is for trying out this program; its ratios say little.
SCALE = int(os.environ.get("PITR_BENCH_SCALE", "220"))
ROUNDS = int(os.environ.get("PITR_BENCH_ROUNDS", "5"))
# directory, or ssh.
IS_ELSEWHERE = os.environ.get("PITR_BENCH_REPOSITORY", "directory") == "ssh"
UPDATES = 20_000


def main() -> int:
    """The exit code."""
    # The host is removed whatever ends the run.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    began = time.monotonic()
    try:
        with host_of(RELEASE) as host:
            kept = compare(host, say=lambda text: print(f"{time.monotonic() - began:5.0f} s  {text}", flush=True))
    except HostMissingError:
        print("bench-pgbackrest: NOT RUN: no test hosts can be run here, see above")
        return CANNOT_RUN
    except CommandFailedError as error:
        print(f"bench-pgbackrest: {error}")
        return 1
    return 0 if kept else 1


def compare(host: Host, *, say: Callable[[str], None]) -> bool:
    """Whether every ratio is within its limit; the table is printed."""
    database = Database(host, version=VERSIONS[RELEASE], scale=SCALE)
    say(f"filling PostgreSQL {database.version} on {RELEASE} (pgbench -i -s {SCALE})")
    database.fill()
    if IS_ELSEWHERE:
        prepare(host)
    tools: tuple[Tool, ...] = (
        Ours(database, is_elsewhere=IS_ELSEWHERE),
        Theirs(database, is_elsewhere=IS_ELSEWHERE),
    )
    for tool in tools:
        tool.set_up()
    size_gb = database.size_bytes() / 1e9
    say(f"{size_gb:.2f} GB, {', '.join(tool.version() for tool in tools)}")
    contests = [
        back_up(database, tools, kind="full", contest=Contest("full backup", 0.8), say=say),
        restore(tools, Contest("restore of a full backup", 1.0), say=say),
        back_up(
            database,
            tools,
            kind="incremental",
            contest=Contest(f"incremental backup after {UPDATES} updates", 0.4, size_limit=0.3),
            say=say,
        ),
        restore(tools, Contest(f"restore of a chain, full and {ROUNDS} incremental", 1.0), say=say),
    ]
    prove(database, tools, say=say)
    names = [tool.name for tool in tools]
    rows = [row for contest in contests for row in contest.rows(names)]
    load = os.getloadavg()
    print(f"\nPostgreSQL {database.version}, {size_gb:.2f} GB, {os.cpu_count()} cores, ", end="")
    print(f"load {load[0]:.1f} (1 minute), {load[2]:.1f} (15 minutes);")
    print("repositories of another user over SSH; " if IS_ELSEWHERE else "", end="")
    print(f"medians of {ROUNDS} rounds (least to most)\n\n{table(rows, tools=names)}")
    return all(row.is_kept(names) for row in rows)


def in_turns(tools: Sequence[Tool], round_number: int) -> Sequence[Tool]:
    """Who goes first changes, so that whatever else the machine does touches both alike."""
    return tools if round_number % 2 == 0 else tools[::-1]


def back_up(
    database: Database, tools: Sequence[Tool], *, kind: str, contest: Contest, say: Callable[[str], None]
) -> Contest:
    """Each tool's backups; both see the same changes since the backup before."""
    for number in range(ROUNDS):
        if kind == "incremental":
            database.change(count=UPDATES)
        for tool in in_turns(tools, number):
            database.settle()
            timing = tool.back_up(kind)
            size_bytes = tool.stored_bytes(tool.newest())
            contest.add(tool.name, timing, size_bytes=size_bytes)
            say(f"{contest.title}, {tool.name}: {timing}, {size_bytes / 1e6:.1f} MB")
    return contest


def restore(tools: Sequence[Tool], contest: Contest, *, say: Callable[[str], None]) -> Contest:
    """Each tool's restores of its newest backup."""
    for number in range(ROUNDS):
        for tool in in_turns(tools, number):
            timing = tool.restore(tool.newest(), into=place_of(tool))
            contest.add(tool.name, timing)
            say(f"{contest.title}, {tool.name}: {timing}")
    return contest


def place_of(tool: Tool) -> str:
    """Where its restores go."""
    return f"{RESTORES}/{tool.name}"


def prove(database: Database, tools: Sequence[Tool], *, say: Callable[[str], None]) -> None:
    """Start what was restored last, and compare its rows with the database's, which has not changed since."""
    expected = database.ask(Copy.QUESTION)
    for tool in tools:
        with Copy(database, place_of(tool)) as copy:
            found = copy.answer()
        if found != expected:
            raise CommandFailedError(f"what {tool.name} restored has {found} rows and updates instead of {expected}")
        say(f"what {tool.name} restored has the rows of the database ({found})")


if __name__ == "__main__":
    sys.exit(main())
