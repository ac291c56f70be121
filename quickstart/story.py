# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the stories have in common: chapters on a terminal, and a table of orders whose rows are counted at the end."""

from __future__ import annotations

import json
import shlex
import sys
import textwrap
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from demo import CLUSTER, Demo

WIDTH = 100
_INDENT = "     "

_TABLE = (
    "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " placed timestamptz DEFAULT clock_timestamp(), customer text, amount numeric)"
)
_ORDERS = (
    "INSERT INTO orders (customer, amount) "
    "SELECT 'customer ' || (n % 977), (n % 10000) / 100.0 FROM generate_series({first}, {last}) AS n"
)


@dataclass(frozen=True)
class Content:
    """What the table of orders holds: its rows and a checksum of all of them."""

    rows: int
    checksum: str


class Story(ABC):
    """A quickstart as it is told on a terminal; ``demo`` is the cluster that it is about at the moment.

    ``is_brief``: as tests want it, without what is only to be looked at.
    """

    #: How many chapters there are.
    chapters: int
    #: What removes all of it.
    clean_target: str

    def __init__(self, demo: Demo, *, is_brief: bool) -> None:
        self.demo = demo
        self._is_brief = is_brief
        self._chapter = 0
        self._started = time.monotonic()

    @abstractmethod
    def tell(self) -> int:
        """All chapters; 0 when every row is back and nothing that came later is there."""

    def make_room(self) -> None:
        """Remove what an earlier run has left."""
        if self.demo.place.has_content():
            self.say("What an earlier quickstart made is here; it makes room.")
            self.demo.place.clean()
        self.demo.place.root.mkdir(mode=0o700, exist_ok=True)

    def create_orders(self) -> None:
        """The table, and the first orders in it."""
        self.demo.sql(_TABLE)
        self.order(first=1, last=100_000)

    def order(self, *, first: int, last: int) -> None:
        """More orders, with these numbers."""
        self.demo.sql(_ORDERS.format(first=first, last=last))

    def content(self) -> Content:
        """What the table holds now."""
        if self.demo.sql("SELECT to_regclass('orders') IS NULL") == "t":
            return Content(0, "-")
        rows, checksum = self.demo.sql(
            "SELECT count(*) || ' ' || left(md5(string_agg(o::text, ',' ORDER BY id)), 12) FROM orders AS o"
        ).split()
        return Content(int(rows), checksum)

    def moment(self) -> str:
        """The server's clock, with some time before and after it in which nothing happens."""
        time.sleep(0.3)
        moment = self.demo.sql(
            "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00:00'"
        )
        time.sleep(0.3)
        return moment

    def plan(self, moment: str, **more: str) -> None:
        """What a restore to the moment would do; the restore itself shows it as well."""
        if self._is_brief:
            return
        self.playbook("restore", "--check", "--limit", self._host, pitr_restore_target_time=moment, **more)

    def report(self) -> None:
        """What the archive has."""
        if not self._is_brief:
            self.playbook("report", "--limit", self._host)

    def restore(self, moment: str, **more: str) -> None:
        """The restore, confirmed."""
        target = {"pitr_restore_target_time": moment, "pitr_restore_confirm": f"{CLUSTER}@{moment}"}
        self.playbook("restore", "--limit", self._host, **target, **more)

    @property
    def _host(self) -> str:
        return self.demo.host.name

    def verdict(self, *, is_good: bool) -> int:
        """The last word, and the exit code."""
        seconds = time.monotonic() - self._started
        print()
        good = f"Every row is back. {seconds:.0f} seconds in all."
        self.say(good if is_good else "ROWS DIFFER: this is a defect, please report it.")
        return 0 if is_good else 1

    def say_what_next(self, *playbooks: tuple[str, ...]) -> None:
        """Commands for who wants to go on: psql, the program, and these playbooks with their arguments."""
        demo = self.demo
        print()
        self.say("The cluster is yours to play with:")
        info = [str(demo.host.agent), "info", "--config-directory", str(demo.host.config)]
        prefix = f"ANSIBLE_COLLECTIONS_PATH={shlex.quote(str(demo.place.build / 'collections'))}"
        commands = [shlex.join(demo.psql()), shlex.join(info)]
        commands += [f"{prefix} {shlex.join([*demo.playbook_command(name), *rest])}" for name, *rest in playbooks]
        # These are for copying, so they stay in one line.
        for command in (*commands, f"make {self.clean_target}     # stops it and removes everything"):
            print(f"{_INDENT}  {command}", flush=True)

    def playbook(self, name: str, *arguments: str, **variables: object) -> None:
        """Run a playbook of the collection with these arguments and extra variables."""
        words = [*arguments]
        for key, value in variables.items():
            words += ["-e", json.dumps({key: value})]
        for line in command_lines(["ansible-playbook", f"pgfleet.pitr.{name}", *words]):
            print(f"{_INDENT}{line}", flush=True)
        self.demo.playbook(name, arguments=tuple(words))

    def title(self, text: str) -> None:
        """Begin a chapter."""
        self._chapter += 1
        bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
        print(f"\n{bold}{self._chapter}/{self.chapters}  {text}{plain}", flush=True)

    def say(self, text: str) -> None:
        """A paragraph, or a line of a table."""
        for line in textwrap.wrap(text, WIDTH - len(_INDENT), drop_whitespace=False) or [""]:
            print(f"{_INDENT}{line.rstrip() if len(line) < len(text) else line}", flush=True)


def command_lines(words: list[str]) -> Iterator[str]:
    r"""A command as a shell takes it, broken between its words where it is longer than a line.

    >>> for line in command_lines(["ansible-playbook", "restore", "-e", "x" * 70]): print(line.replace("x" * 70, "…"))
    $ ansible-playbook restore \
        -e …
    """
    # An option and its value stay together.
    parts = shlex.join(words).replace(" -e ", "\0-e ").replace(" --", "\0--").split("\0")
    line = "$ "
    for part in parts:
        if len(line) + len(part) + 3 > WIDTH - len(_INDENT) and line.strip() != "$":
            yield f"{line.rstrip()} \\"
            line = "    "
        line += f"{part} "
    yield line.rstrip()
