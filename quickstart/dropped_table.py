# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The story of a dropped table: archiving on, backup, data, a disaster, the plan, the recovery, the proof."""

from __future__ import annotations

from demo import CLUSTER, Demo
from host import Host
from place import Place
from story import Content, Story


class DroppedTable(Story):
    """One host, and a repository in a directory beside it."""

    chapters = 8
    clean_target = "quickstart-clean"

    def __init__(self, place: Place, *, is_brief: bool = False) -> None:
        super().__init__(Demo(place, Host(CLUSTER, place.root)), is_brief=is_brief)

    def tell(self) -> int:
        self._begin()
        self._archive()
        self._back_up()
        before = self._work()
        moment = self._disaster()
        self._plan(moment)
        self._recover(moment)
        return self._prove(before)

    def _begin(self) -> None:
        demo = self.demo
        self.make_room()
        self.title(f"A PostgreSQL {demo.version()} cluster, made for you")
        port = demo.create()
        hosts = {CLUSTER: demo.host.variables()}
        demo.write_inventory(hosts, shared={"pitr_repository_path": str(demo.place.root / "repository")})
        self.create_orders()
        self.say(f"It listens on port {port} and holds a table 'orders' with {self.content().rows:,} rows.")

    def _archive(self) -> None:
        self.title("Archiving on: every WAL segment goes to the repository, and one has to arrive as the proof")
        self.playbook("archive", pitr_archiving_allow_restart=True)

    def _back_up(self) -> None:
        self.title("A base backup, verified while it is taken")
        self.playbook("backup")

    def _work(self) -> Content:
        self.title("A day of work, after the backup")
        self.order(first=100_001, last=150_000)
        content = self.content()
        self.say(
            f"50,000 more orders: {content.rows:,} rows, checksum {content.checksum}. Only the WAL has the new ones."
        )
        return content

    def _disaster(self) -> str:
        self.title("A disaster")
        moment = self.moment()
        self.demo.sql("DROP TABLE orders")
        self.demo.sql("CREATE TABLE after_the_drop AS SELECT n FROM generate_series(1, 1000) AS n")
        self.say("Somebody types DROP TABLE orders. Nobody notices; 1,000 rows go to another table meanwhile.")
        self.say(f"All {150_000:,} orders are lost. The last good moment: {moment}")
        return moment

    def _plan(self, moment: str) -> None:
        self.title("The plan: what a restore to that moment would do. Nothing is changed")
        self.plan(moment)

    def _recover(self, moment: str) -> None:
        self.title("Point-in-time recovery, confirmed by naming cluster and target")
        self.restore(moment)

    def _prove(self, before: Content) -> int:
        self.title("The proof")
        after = self.content()
        later = int(self.demo.sql("SELECT count(*) FROM pg_class WHERE relname = 'after_the_drop'"))
        self.say(f"{'orders':<28}{'rows':>10}  checksum")
        self.say(f"{'before the disaster':<28}{before.rows:>10,}  {before.checksum}")
        self.say(f"{'after the drop':<28}{'(dropped)':>10}")
        self.say(f"{'now':<28}{after.rows:>10,}  {after.checksum}")
        self.say(f"Tables made after the target: {later} (there must be none)")
        exit_code = self.verdict(is_good=after == before and later == 0)
        rollback = ("rollback", "--limit", CLUSTER, "-e", f"pitr_restore_confirm={CLUSTER}@rollback")
        self.say_what_next(("report",), ("backup",), rollback)
        return exit_code
