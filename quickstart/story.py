# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The story: archiving on, backup, data, a disaster, the plan, the recovery, the proof."""

from __future__ import annotations

import json
import shlex
import sys
import time
from dataclasses import dataclass

from demo import CLUSTER, Demo

CHAPTERS = 8

_ORDERS = (
    "INSERT INTO orders (customer, amount) "
    "SELECT 'customer ' || (n % 977), (n % 10000) / 100.0 FROM generate_series({first}, {last}) AS n"
)


@dataclass(frozen=True)
class Content:
    """What the table of orders holds: its rows and a checksum of all of them."""

    rows: int
    checksum: str


class Story:
    """The quickstart as it is told on a terminal."""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo
        self._chapter = 0
        self._started = time.monotonic()

    def tell(self) -> int:
        """All chapters; 0 when the dropped table is back with every row and nothing that came later is there."""
        self._begin()
        self._archive()
        self._back_up()
        before = self._work()
        moment = self._disaster()
        self._plan(moment)
        self._recover(moment)
        return self._prove(before)

    def _begin(self) -> None:
        demo = self._demo
        if demo.place.data.exists():
            print("A cluster of an earlier quickstart is here; it makes room for a new one.")
            demo.place.clean()
        demo.place.root.mkdir(mode=0o700, exist_ok=True)
        self._title(f"A PostgreSQL {demo.version()} cluster, made for you")
        port = demo.create()
        demo.sql(
            "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
            " placed timestamptz DEFAULT clock_timestamp(), customer text, amount numeric)"
        )
        demo.sql(_ORDERS.format(first=1, last=100_000))
        self._say(f"It listens on port {port} and holds a table 'orders' with {self._content().rows:,} rows.")

    def _archive(self) -> None:
        self._title("Archiving on: every WAL segment goes to the repository, and one has to arrive as the proof")
        self._playbook("archive", "-e", json.dumps({"pitr_archiving_allow_restart": True}))

    def _back_up(self) -> None:
        self._title("A base backup, verified while it is taken")
        self._playbook("backup")

    def _work(self) -> Content:
        self._title("A day of work, after the backup")
        self._demo.sql(_ORDERS.format(first=100_001, last=150_000))
        content = self._content()
        self._say(
            f"50,000 more orders: {content.rows:,} rows, checksum {content.checksum}. Only the WAL has the new ones."
        )
        return content

    def _disaster(self) -> str:
        self._title("A disaster")
        time.sleep(0.3)
        moment = self._demo.sql(
            "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00:00'"
        )
        time.sleep(0.3)
        self._demo.sql("DROP TABLE orders")
        self._demo.sql("CREATE TABLE after_the_drop AS SELECT n FROM generate_series(1, 1000) AS n")
        self._say("Somebody types DROP TABLE orders. Nobody notices; 1,000 rows go to another table meanwhile.")
        self._say(f"All {150_000:,} orders are lost. The last good moment: {moment}")
        return moment

    def _plan(self, moment: str) -> None:
        self._title("The plan: what a restore to that moment would do. Nothing is changed")
        self._playbook("restore", "--check", "--limit", CLUSTER, "-e", json.dumps({"pitr_restore_target_time": moment}))

    def _recover(self, moment: str) -> None:
        self._title("Point-in-time recovery, confirmed by naming cluster and target")
        confirmed = {"pitr_restore_target_time": moment, "pitr_restore_confirm": f"{CLUSTER}@{moment}"}
        self._playbook("restore", "--limit", CLUSTER, "-e", json.dumps(confirmed))

    def _prove(self, before: Content) -> int:
        self._title("The proof")
        after = self._content()
        later = int(self._demo.sql("SELECT count(*) FROM pg_class WHERE relname = 'after_the_drop'"))
        self._say(f"{'orders':<28}{'rows':>10}  checksum")
        self._say(f"{'before the disaster':<28}{before.rows:>10,}  {before.checksum}")
        self._say(f"{'after the drop':<28}{'(dropped)':>10}")
        self._say(f"{'now':<28}{after.rows:>10,}  {after.checksum}")
        self._say(f"Tables made after the target: {later} (there must be none)")
        good = after == before and later == 0
        seconds = time.monotonic() - self._started
        print()
        self._say(
            f"Every row is back. {seconds:.0f} seconds in all."
            if good
            else "ROWS DIFFER: this is a defect, please report it."
        )
        self._say_what_next()
        return 0 if good else 1

    def _say_what_next(self) -> None:
        place = self._demo.place
        print()
        self._say("The cluster is yours to play with:")
        self._say(f"  {shlex.join(self._demo.psql())}")
        self._say(f"  {shlex.join([str(place.agent), 'info', '--config-directory', str(place.root / 'etc')])}")
        prefix = f"ANSIBLE_COLLECTIONS_PATH={shlex.quote(str(place.build / 'collections'))}"
        for name, arguments in (
            ("report", []),
            ("backup", []),
            ("rollback", ["--limit", CLUSTER, "-e", f"pitr_restore_confirm={CLUSTER}@rollback"]),
        ):
            self._say(f"  {prefix} {shlex.join([*self._demo.playbook_command(name), *arguments])}")
        self._say("  make quickstart-clean     # stops it and removes everything")

    def _content(self) -> Content:
        if self._demo.sql("SELECT to_regclass('orders') IS NULL") == "t":
            return Content(0, "-")
        rows, checksum = self._demo.sql(
            "SELECT count(*) || ' ' || left(md5(string_agg(o::text, ',' ORDER BY id)), 12) FROM orders AS o"
        ).split()
        return Content(int(rows), checksum)

    def _playbook(self, name: str, *arguments: str) -> None:
        print(f"     $ ansible-playbook pgfleet.pitr.{name} {shlex.join(arguments)}".rstrip(), flush=True)
        self._demo.playbook(name, arguments=arguments)

    def _title(self, text: str) -> None:
        self._chapter += 1
        bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
        print(f"\n{bold}{self._chapter}/{CHAPTERS}  {text}{plain}", flush=True)

    def _say(self, text: str) -> None:
        print(f"     {text}", flush=True)
