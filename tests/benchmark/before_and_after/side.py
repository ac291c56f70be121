# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One checkout of the collection on a host of its own: a line of JSON asks for a measurement, another one answers.

Started by `before_and_after`. Each checkout is measured by its own copy of `against_pgbackrest`, so that this file
asks of that only what has been there since f859a1c.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(sys.argv[1], "tests", "integration")))
sys.path.insert(0, str(Path(sys.argv[1], "tests", "benchmark", "against_pgbackrest")))

import bench_host
from copies import Copy
from database import Database
from tools import RESTORES, Ours

SCENARIO, RELEASE, VERSION, SCALE = sys.argv[2:]
PLACE = f"{RESTORES}/side"


def measure(verb: str, *, database: Database, ours: Ours) -> Any:
    """What one request answers."""
    if verb in {"full", "incremental"}:
        database.settle()
        timing = ours.back_up(verb)
        return {"timing": asdict(timing), "size_bytes": ours.stored_bytes(ours.newest())}
    if verb == "restore":
        return {"timing": asdict(ours.restore(ours.newest(), into=PLACE))}
    if verb.startswith("change "):
        return database.change(count=int(verb.split()[1]))
    if verb == "rows":
        with Copy(database, PLACE) as copy:
            return [database.ask(Copy.QUESTION), copy.answer()]
    raise ValueError(verb)


def main() -> None:
    """Answer until the requests end; the host is removed then."""
    bench_host.SCENARIO = SCENARIO
    with bench_host.host_of(RELEASE) as host:
        database = Database(host, version=int(VERSION), scale=int(SCALE))
        database.fill()
        ours = Ours(database)
        ours.set_up()
        print(json.dumps(ours.version()), flush=True)
        for line in sys.stdin:
            print(json.dumps(measure(line.strip(), database=database, ours=ours)), flush=True)


if __name__ == "__main__":
    main()
