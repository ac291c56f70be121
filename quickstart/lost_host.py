# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The story of a lost host: its archive is in an object storage, and another host becomes its successor from there."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from demo import CLUSTER, Demo
from free_port import free_port
from host import Host
from object_storage import ObjectStorage
from place import Place
from safe import Safe
from story import Content, Story

_WAIT_SECONDS = 60
_REFUSED = "may not write as"


class LostHost(Story):
    """Two hosts, of which one is lost, and a bucket that neither of them keeps."""

    chapters = 10
    clean_target = "quickstart-s3-clean"

    def __init__(self, place: Place, *, is_brief: bool = False) -> None:
        self._old, self._new = (Host(name, place.root / name) for name in ("db1", "db2"))
        super().__init__(Demo(place, self._old), is_brief=is_brief)
        self._place = place
        self._storage = ObjectStorage(place.object_storage, program=place.weed)
        self._safe = Safe(place.root / "safe")

    def tell(self) -> int:
        self._begin()
        self._archive()
        self._back_up()
        before = self._work()
        moment = self._disaster()
        self._lose()
        self._plan(moment)
        self._recover(moment)
        is_good = self._prove(before)
        is_refused = self._meet_again()
        exit_code = self.verdict(is_good=is_good and is_refused)
        self.say_what_next(("report", "--limit", "db2"), ("verify", "--limit", "db2"))
        return exit_code

    def _begin(self) -> None:
        self.make_room()
        self.title(f"Host db1 with a PostgreSQL {self.demo.version()} cluster, and an object storage, made for you")
        self._storage.start()
        self.say(f"The object storage is {self._storage.version()}, at {self._storage.endpoint}; bucket 'backups'.")
        port = self.demo.create()
        self.create_orders()
        self.say(f"The cluster listens on port {port} and has a table 'orders' with {self.content().rows:,} rows.")
        self._safe.make_key()
        self.say(self._safe.told())
        hosts = {
            "db1": {**self._old.variables(), "pitr_cluster_name": CLUSTER},
            "db2": {
                **self._new.variables(),
                "pitr_cluster_name": CLUSTER,
                "pitr_cluster_port": free_port(),
                "pitr_restore_source": CLUSTER,
                **self._safe.restore_variables(),
            },
        }
        self.demo.write_inventory(hosts, shared={**self._storage.variables(), **self._safe.archive_variables()})

    def _archive(self) -> None:
        how = ", encrypted" if self._safe.has_key else ""
        self.title(f"Archiving on: every WAL segment goes to the bucket{how}; one has to arrive as the proof")
        self.playbook("archive", "--limit", "db1", pitr_archiving_allow_restart=True)

    def _back_up(self) -> None:
        self.title("A base backup, verified before it goes to the bucket")
        self.playbook("backup", "--limit", "db1", pitr_backup_expire=False)

    def _work(self) -> Content:
        self.title("A day of work, after the backup")
        self.order(first=100_001, last=150_000)
        content = self.content()
        self.say(
            f"50,000 more orders: {content.rows:,} rows, checksum {content.checksum}. Only the WAL has the new ones."
        )
        return content

    def _disaster(self) -> str:
        self.title("A mistake: UPDATE without WHERE")
        moment = self.moment()
        self.demo.sql("UPDATE orders SET amount = 0")
        self.say("Somebody sets the amount of every order to 0.")
        self.say(f"The last good moment: {moment}")
        self._archive_all()
        return moment

    def _lose(self) -> None:
        self.title("The loss of the host: the machine burns before anybody has noticed")
        self.demo.stop(mode="immediate")
        self._old.folder.rename(self._drawer)
        self.say("Gone are data directory, WAL, the program and its configuration: all of host db1.")
        count, size = self._storage.stored()
        kept = ", and the age identity" if self._safe.has_key else ""
        self.say(f"Left are the bucket ({count} objects, {size / 1e6:,.0f} MB) and the inventory{kept}.")
        self.say("Had a segment not been archived yet, it would be lost as well. Here, all were.")

    @property
    def _drawer(self) -> Path:
        # What is left of it, for the last chapter.
        return self._place.root / ".ashes"

    def _plan(self, moment: str) -> None:
        self.title("The plan, on host db2, which never saw the cluster: from the bucket alone. Nothing is changed")
        self.demo = Demo(self._place, self._new)
        self.plan(moment)

    def _recover(self, moment: str) -> None:
        self.title("Point-in-time recovery there, confirmed by naming cluster and target")
        self.restore(moment)

    def _prove(self, before: Content) -> bool:
        self.title("The proof, and the successor at work")
        after = self.content()
        spoilt = int(self.demo.sql("SELECT count(*) FROM orders WHERE amount = 0 AND id % 10000 <> 0"))
        self.say(f"{'orders':<28}{'rows':>10}  checksum")
        self.say(f"{'on db1, before the mistake':<28}{before.rows:>10,}  {before.checksum}")
        self.say(f"{'on db2, now':<28}{after.rows:>10,}  {after.checksum}")
        self.say(f"Orders with the wrong amount: {spoilt} (there must be none)")
        self.order(first=150_001, last=150_100)
        self.say(f"100 new orders come in on db2, and {self._archive_all()} is in the bucket: a new timeline.")
        self.report()
        return after == before and spoilt == 0

    def _meet_again(self) -> bool:
        self.title("The old host comes back, as half-dead ones do, and wants to go on archiving")
        self._drawer.rename(self._old.folder)
        old = Demo(self._place, self._old)
        old.start()
        before = self._storage.keys()
        old.sql("CREATE TABLE nobody_asked AS SELECT 1 AS n")
        old.sql("SELECT pg_switch_wal()")
        line = _waited_for(self._refusal)
        strange = self._storage.keys() - before
        self.say(f"{line or 'IT WAS NOT REFUSED'}")
        self.say(f"Objects that it has stored since: {len(strange)} (there must be none). It is stopped again.")
        old.stop(mode="immediate")
        return bool(line) and not strange

    def _refusal(self) -> str:
        lines = self._old.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return next((line.strip() for line in lines if _REFUSED in line), "")

    def _archive_all(self) -> str:
        """Have all WAL until now archived; the name of its last segment."""
        name = self.demo.sql("SELECT pg_walfile_name(pg_switch_wal())")
        archived = "SELECT last_archived_wal >= '{}' FROM pg_stat_archiver"
        if not _waited_for(lambda: self.demo.sql(archived.format(name)) == "t"):
            raise SystemExit(f"quickstart: {name} was not archived; see {self.demo.host.log}")
        return name


def _waited_for(question: Callable[[], Any]) -> Any:
    """The first answer that is one, or the last."""
    deadline = time.monotonic() + _WAIT_SECONDS
    answer = question()
    while not answer and time.monotonic() < deadline:
        time.sleep(0.2)
        answer = question()
    return answer
