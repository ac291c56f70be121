# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restores that are disturbed at random moments, on a real host over SSH, each fault `PITR_MOMENTS` (10) times.

Production must end on the old data or at the target, running, without anybody's help, and a second run of the playbook
must tell which. `PITR_MOMENTS_SEED` (1) chooses the moments, `PITR_MOMENTS_FAULT` one fault alone. Exit code 0: so it
was each time; 1: not; 3: this machine cannot run test hosts.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmark" / "against_pgbackrest"))

import bench_host
from bench_host import CANNOT_RUN, Host, HostMissingError
from database import Database
from faults import FAULTS, mend
from stage import RELEASE, ROWS, SCENARIO, VERSION, Ended, NotAtRestError, Stage

SCALE = int(os.environ.get("PITR_MOMENTS_SCALE") or "20")
TIMES = int(os.environ.get("PITR_MOMENTS") or "10")
SEED = int(os.environ.get("PITR_MOMENTS_SEED") or "1")
ONLY = os.environ.get("PITR_MOMENTS_FAULT") or ""
# Chains that grow would make each restore take longer than the last.
ROUNDS_PER_BACKUP = 10
BEHIND = 50


@dataclass(frozen=True)
class Outcome:
    """What became of one restore: ``old`` or ``target`` data, and how its second run ended."""

    fault: str
    seconds: float
    data: str
    rc: int
    wrong: str = ""

    def __str__(self) -> str:
        text = f"{self.fault} after {self.seconds:.1f} s: {self.data}, second run: {self.rc}"
        return f"{text}: {self.wrong}" if self.wrong else text


class Rounds:
    """One restore after the other, of the same cluster."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self._stage = stage
        self._folder = folder
        self._number = 0

    def prepare(self) -> float:
        """Archive, take a backup, and restore once without a fault; the seconds that takes. Raises RuntimeError."""
        for playbook in ("archive", "backup"):
            _check(self._stage.play(playbook), playbook)
        self._stage.ask("CREATE TABLE event (id bigint GENERATED ALWAYS AS IDENTITY, note text)")
        target, _old, _rows = self._write()
        began = time.monotonic()
        _check(self._restore(target), "restore")
        return time.monotonic() - began

    def round(self, fault: str, *, seconds: float) -> Outcome:
        """One restore that is disturbed so many seconds after its beginning."""
        if self._number % ROUNDS_PER_BACKUP == 0:
            _check(self._stage.play("backup", pitr_backup_type="full"), "backup")
        target, old, rows = self._write()
        log = self._folder / f"{self._number:03}.log"
        controller = self._stage.start("restore", log=log, **self._variables(target))
        time.sleep(seconds)
        FAULTS[fault](self._stage, controller)
        try:
            self._stage.wait_for_rest()
        except NotAtRestError as error:
            log.write_text(log.read_text(encoding="utf-8") + str(error), encoding="utf-8")
            return Outcome(fault, seconds, "down", -1, f"production is down, see {log}")
        finally:
            mend(self._stage, controller)
        # A network that is back may let a run go on that only seemed to be at rest.
        self._stage.wait_for_rest()
        found = int(self._stage.ask(ROWS))
        data = {old: "old", rows: "target"}.get(found, f"{found} rows")
        again = self._restore(target)
        (self._folder / f"{self._number:03}-again.log").write_text(again.said, encoding="utf-8")
        return Outcome(fault, seconds, data, again.rc, self._fault_of(again, data=data, old=old, rows=rows))

    def _fault_of(self, again: Ended, *, data: str, old: int, rows: int) -> str:
        """What is wrong; empty where nothing is."""
        now = int(self._stage.ask(ROWS))
        if data not in {"old", "target"}:
            return f"neither the {old} rows of before nor the {rows} of the target"
        if again.rc == 0:
            return "" if now == rows else f"the second run was content, and there are {now} rows instead of {rows}"
        if data == "target":
            return "the second run failed, and the target had been reached"
        told = any(code in again.said for code in ("job-killed", "nobody-waits", "restore-interrupted"))
        if not told:
            return "the second run did not say that the restore was rolled back"
        return "" if now == old else f"the second run failed and left {now} rows instead of {old}"

    def _write(self) -> tuple[str, int, int]:
        """Rows, a restore point, more rows: its name, the rows that there are, and those of the restore point."""
        self._number += 1
        name = f"moment{self._number}"
        insert = f"INSERT INTO event (note) SELECT '{name}' FROM generate_series(1, {BEHIND})"
        self._stage.ask(insert)
        rows = int(self._stage.ask(ROWS))
        self._stage.ask(f"SELECT pg_create_restore_point('{name}')")
        self._stage.ask(insert)
        self._stage.settle()
        return name, rows + BEHIND, rows

    def _restore(self, target: str) -> Ended:
        return self._stage.play("restore", **self._variables(target))

    def _variables(self, target: str) -> dict[str, str]:
        return {"pitr_restore_target_name": target, "pitr_restore_confirm": f"main@{target}"}


def _check(ended: Ended, playbook: str) -> None:
    if ended.rc != 0:
        raise RuntimeError(f"{playbook} ended with {ended.rc}:\n{ended.said[-6000:]}")


def run(host: Host, folder: Path) -> list[Outcome]:
    """All rounds, in an order by chance."""
    Database(host, version=VERSION, scale=SCALE).fill()
    rounds = Rounds(Stage(host, folder), folder)
    whole_seconds = rounds.prepare()
    print(f"moments: undisturbed, a restore takes {whole_seconds:.1f} s; logs in {folder}", flush=True)
    chance = random.Random(SEED)
    plan = [fault for fault in FAULTS if ONLY in fault for _number in range(TIMES)]
    chance.shuffle(plan)
    outcomes = []
    for number, fault in enumerate(plan, start=1):
        outcome = rounds.round(fault, seconds=chance.uniform(0, whole_seconds))
        outcomes.append(outcome)
        print(f"moments: {number} of {len(plan)}: {outcome}", flush=True)
        if outcome.data == "down":
            break
    return outcomes


def table(outcomes: list[Outcome]) -> str:
    """The number of each end, by fault."""
    lines = ["| fault | old data | at the target | told by the second run | wrong |", "|---|---|---|---|---|"]
    for fault in FAULTS:
        of_it = [each for each in outcomes if each.fault == fault]
        counts = [sum(each.data == data for each in of_it) for data in ("old", "target")]
        told, wrong = sum(each.rc != 0 for each in of_it), sum(bool(each.wrong) for each in of_it)
        lines.append(f"| {fault} | {counts[0]} | {counts[1]} | {told} | {wrong} |")
    return "\n".join(lines)


def main() -> int:
    """The exit code."""
    bench_host.SCENARIO = SCENARIO
    folder = Path(tempfile.mkdtemp(prefix="pitr-moments-"))
    try:
        with bench_host.host_of(RELEASE) as host:
            outcomes = run(host, folder)
    except HostMissingError:
        return CANNOT_RUN
    print(f"\n{table(outcomes)}\n")
    wrong = [each for each in outcomes if each.wrong]
    for each in wrong:
        print(f"moments: {each}")
    print(f"moments: {len(outcomes)} restores, {len(wrong)} ended wrongly")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
