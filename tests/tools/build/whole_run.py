# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make test`: every part, in parallel where that helps, and one summary at the end."""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import hosts
from context import Context
from steps import NOT_RUN, Outcome, run_quietly, say, tail

# One lane keeps a core busy with tools, and then waits for hosts; the other one mostly waits for PostgreSQL.
TOOL_LANE = ("lint", "types", "unit", "sanity", "ansible-versions")
SERVER_LANE = ("integration",)
# These fail by themselves where a machine could have run what it did not.
SAYS_SO_ITSELF = ("ansible-versions",)
HEARTBEAT_SECONDS = 60
FAILURE_LINES = 400


@dataclass
class Counts:
    """Tests by outcome."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other: Counts) -> None:
        """Sum up."""
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


@dataclass
class Progress:
    """What runs at the moment."""

    running: dict[str, float] = field(default_factory=dict)
    done: list[Outcome] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def tell_regularly(self) -> None:
        """Show that the run is alive."""
        while not self.ended.wait(HEARTBEAT_SECONDS):
            parts = [f"{name} ({time.monotonic() - begun:.0f} s)" for name, begun in list(self.running.items())]
            say(f"  ... running: {', '.join(parts) or 'nothing'}")


def run_all(context: Context) -> int:
    """Run every part; 0 when all passed."""
    begun = time.monotonic()
    for old in (context.build / "logs").glob("junit-*.xml"):
        old.unlink()
    _prepare(context)
    progress = Progress()
    threading.Thread(target=progress.tell_regularly, daemon=True).start()
    hosts_last = ("molecule",) if hosts.scenarios_are_there() else ()
    with ThreadPoolExecutor(max_workers=2) as pool:
        lanes = [pool.submit(_run_lane, context, lane, progress) for lane in ((*TOOL_LANE, *hosts_last), SERVER_LANE)]
        for lane in lanes:
            lane.result()
    progress.ended.set()
    return _summarize(context, progress.done, seconds=time.monotonic() - begun)


def _prepare(context: Context) -> None:
    """Build what the parts share first: they would only wait for each other."""
    context.need_python("run", "test")
    context.need_postgres()
    context.need_collection()


def _run_lane(context: Context, names: Sequence[str], progress: Progress) -> None:
    for name in names:
        log = context.log(f"test-{name}")
        log.unlink(missing_ok=True)
        progress.running[name] = time.monotonic()
        say(f"  started  {name}")
        argv = [sys.executable, str(Path(__file__).parent), name]
        outcome = run_quietly(name, argv, environment=context.caller, log=log)
        del progress.running[name]
        progress.done.append(outcome)
        _tell(outcome)


def _tell(outcome: Outcome) -> None:
    lines = [f"  {outcome.verdict:<8} {outcome.name} ({outcome.seconds:.0f} s)"]
    if outcome.log:
        text = outcome.log.read_text(encoding="utf-8", errors="replace")
        lines += [f"           {line}" for line in text.splitlines() if "not run" in line.lower()]
        if not outcome.passed:
            lines += [f"----- {outcome.log} -----", tail(outcome.log, line_count=FAILURE_LINES), "-----"]
    say("\n".join(lines))


def _summarize(context: Context, outcomes: Sequence[Outcome], *, seconds: float) -> int:
    total = Counts()
    rows = []
    for outcome in outcomes:
        counts = _counts_of(context, outcome.name)
        total.add(counts)
        tests = str(counts) if counts != Counts() else ""
        rows.append(f"  {outcome.name:<16} {outcome.verdict:<8} {outcome.seconds:>6.0f} s   {tests}")
    say("\nsummary")
    say("\n".join(rows))
    if not hosts.scenarios_are_there():
        say(f"  {hosts.NOT_THERE}")
    say(f"  {'all':<16} {'':<8} {seconds:>6.0f} s")
    failed = [outcome.name for outcome in outcomes if _counts_as_failed(outcome, context=context)]
    if failed:
        say(f"  failed parts: {', '.join(failed)}")
    # A part without tests that failed must not end in a line that says that nothing failed.
    total.failed = max(total.failed, len(failed))
    say(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped")
    return 1 if failed or total.failed else 0


def _counts_as_failed(outcome: Outcome, *, context: Context) -> bool:
    """A part that a machine can't run is a failure only where everything is meant to run."""
    if outcome.exit_code == NOT_RUN:
        return outcome.name not in SAYS_SO_ITSELF and context.caller.get("CI", "").lower() in ("1", "true")
    return not outcome.passed


def _counts_of(context: Context, part: str) -> Counts:
    """The pytest counts that a part left behind; several files where it runs pytest several times."""
    total = Counts()
    for file in sorted((context.build / "logs").glob(f"junit-{part}*.xml")):
        for suite in ElementTree.parse(file).getroot().iter("testsuite"):
            number = {key: int(suite.get(key, "0")) for key in ("tests", "failures", "errors", "skipped")}
            failed = number["failures"] + number["errors"]
            passed = number["tests"] - failed - number["skipped"]
            total.add(Counts(passed=passed, failed=failed, skipped=number["skipped"]))
    for log in hosts.log_folder(context).glob("*.log") if part == "molecule" else ():
        text = log.read_text(encoding="utf-8", errors="replace")
        # The last line of each run of pytest: "==== 7 passed, 1 failed in 12.34s ====".
        for line in re.findall(r"^=+ (?=.*\d (?:passed|failed|error))(.+) in [\d.]+s.* =+$", text, re.MULTILINE):
            number = {word: int(count) for count, word in re.findall(r"(\d+) (passed|failed|error)", line)}
            failed = number.get("failed", 0) + number.get("error", 0)
            total.add(Counts(passed=number.get("passed", 0), failed=failed))
    return total
