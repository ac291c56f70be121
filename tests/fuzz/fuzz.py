# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives changed files to everything that reads a repository: `python3 tests/fuzz/fuzz.py --seconds 60`.

The same seed gives the same files. A fault is an exception that a reader may not raise, a file outside of the target,
or more than 200 MB of memory; its input is kept, and the way to try it again is printed. `make fuzz` runs this.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random

CHECKOUT = Path(__file__).resolve().parents[2]
MOST_KILOBYTES = 200_000
# What is alone in its process; a round of the repository takes a hundred times as long as one of a text.
ROUNDS_OF_TEXTS = 20
SLOW_SECONDS = 5.0


def make_importable(folder: Path) -> None:
    """Make this checkout the collection of that name."""
    (folder / "ansible_collections" / "pgfleet").mkdir(parents=True)
    (folder / "ansible_collections" / "pgfleet" / "pitr").symlink_to(CHECKOUT)
    sys.path[:0] = [str(folder), str(CHECKOUT / "tests" / "fuzz"), str(CHECKOUT / "tests" / "unit" / "support")]


class Fuzzing:
    """All targets in turn, and what was found."""

    def __init__(self, scratch: Path, *, seed: int, kept: Path) -> None:
        from chain_targets import chain_targets
        from file_targets import RepositoryTarget, Sandbox, file_targets
        from neighbour_targets import neighbour_targets
        from text_targets import text_targets

        self.texts = (*text_targets(), *neighbour_targets())
        self.files = (*file_targets(scratch / "files"), *chain_targets(Sandbox(scratch / "chain")))
        self.repository = RepositoryTarget(Sandbox(scratch / "outside"), scratch / "repository")
        self.counts: Counter[str] = Counter()
        self.faults: dict[str, str] = {}
        self._seed = seed
        self._kept = kept

    def run(self, *, seconds: float) -> None:
        """Go through the targets until the time is over."""
        end, number = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            for target in (*self.texts * ROUNDS_OF_TEXTS, *self.files):
                self.one(target.name, number)
                number += 1
                if time.monotonic() > end:
                    break
            self.one("repository", number)
            number += 1

    def one(self, name: str, number: int) -> None:
        """One changed file, by its number."""
        random = Random(f"{self._seed} {name} {number}")
        # Of a processor: the machine may do something else meanwhile.
        content, began = b"", time.process_time()
        self.counts[name] += 1
        try:
            if name == "repository":
                self.repository.run(random)
            else:
                target = next(each for each in (*self.texts, *self.files) if each.name == name)
                content = target.input(random)
                with contextlib.suppress(*target.allowed):
                    target.read(content)
            if time.process_time() - began > SLOW_SECONDS:
                raise AssertionError(f"it took {time.process_time() - began:.0f} seconds")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            self._keep(name, number, content=content, error=error)

    def _keep(self, name: str, number: int, *, content: bytes, error: Exception) -> None:
        last = traceback.extract_tb(error.__traceback__)[-1]
        kind = f"{name}: {type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
        if kind in self.faults:
            return
        self._kept.mkdir(parents=True, exist_ok=True)
        (self._kept / f"{name.replace(' ', '-').replace(',', '')}-{number}").write_bytes(content)
        again = f"tests/fuzz/fuzz.py --seed {self._seed} --only '{name}' --number {number}"
        self.faults[kind] = f"{kind}\n  {error}\n  again: {again}\n{''.join(traceback.format_exception(error)[-6:])}"
        sys.stdout.write(f"FAULT {self.faults[kind]}\n")
        sys.stdout.flush()


def main() -> int:
    """Fuzz; 1 when something was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kept", type=Path, default=CHECKOUT / ".build" / "fuzz")
    parser.add_argument("--only", help="one target, with --number")
    parser.add_argument("--number", type=int, default=0)
    parser.add_argument("--count", type=int, default=1, help="so many, from that number on")
    options = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="pitr-fuzz-"))
    try:
        make_importable(scratch / "imports")
        tempfile.tempdir = str(scratch)
        fuzzing = Fuzzing(scratch, seed=options.seed, kept=options.kept)
        if options.only:
            for number in range(options.number, options.number + options.count):
                fuzzing.one(options.only, number)
        else:
            fuzzing.run(seconds=options.seconds)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    peak = peak_kilobytes()
    counts = ", ".join(f"{name} {count}" for name, count in sorted(fuzzing.counts.items()))
    sys.stdout.write(f"{fuzzing.counts.total()} files, peak {peak} kB, {len(fuzzing.faults)} faults: {counts}\n")
    return 1 if fuzzing.faults or peak > MOST_KILOBYTES else 0


def peak_kilobytes() -> int:
    """Of this process alone: ru_maxrss begins with that of the process that started it."""
    found = re.search(r"^VmHWM:\s+([0-9]+) kB$", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    assert found
    return int(found.group(1))


if __name__ == "__main__":
    sys.exit(main())
