# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.pgfleet.pitr.plugins.filter.run_begun import FilterModule

run_begun = FilterModule().filters()["run_begun"]
HOSTS = ["db1", "db2", "db3"]


def left(*, ok: str) -> dict[str, Any]:
    clusters = {ok: {"status": "ok"}}
    return {"pitr_run": {"ansible_stats": {"data": {"pitr_result": {"clusters": clusters}}}}}


def test_batch_goes_on_from_the_last_host_that_the_one_before_has_left() -> None:
    hostvars: dict[str, Any] = {"db1": left(ok="db1"), "db2": {}, "db3": {}}
    begun = run_begun(hostvars, "backup", HOSTS, ["db2"], False)

    assert {host: one["status"] for host, one in begun["clusters"].items()} == {
        "db1": "ok",
        "db2": "unreachable",
        "db3": "not_run",
    }


def test_playbook_goes_on_from_the_one_before_in_the_same_run() -> None:
    hostvars: dict[str, Any] = {"db1": {}, "db2": {}, "db3": left(ok="gone")}
    assert run_begun(hostvars, "backup", HOSTS, HOSTS, False)["clusters"]["gone"]["status"] == "ok"


def test_batches_go_on_in_the_order_of_the_play() -> None:
    hostvars: dict[str, Any] = {"db1": {}, "db2": {}, "db3": left(ok="db3")}
    begun = run_begun(hostvars, "backup", HOSTS, ["db2"], False, "reverse_inventory")

    assert {host: one["status"] for host, one in begun["clusters"].items()} == {
        "db3": "ok",
        "db2": "unreachable",
        "db1": "not_run",
    }
