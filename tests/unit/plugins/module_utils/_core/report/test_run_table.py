# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.run_result import begun
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.report.run_table import WIDTH, run_table

OK = {"playbook": "archive", "status": "ok", "changed": False, "seconds": 0.4, "done": "nothing to change"}
REFUSED = {
    "playbook": "archive",
    "status": "failed",
    "seconds": 1.26,
    "msg": "it is away",
    "code": "repository-missing",
    "hint": "Mount it.",
}


def result(**clusters: Any) -> dict[str, Any]:
    return {
        "playbook": "archive",
        "counts": {"ok": 1, "failed": 0, "not_run": 2},
        "batch": [*clusters],
        "clusters": clusters,
    }


def test_table_has_counts_and_a_line_for_each_host() -> None:
    assert run_table(result(db1=OK, database2={**OK, "changed": True}, db3=REFUSED)) == [
        "archive: 1 ok, 2 not run",
        "db1        ok              0.4 s  nothing to change",
        "database2  changed         0.4 s  nothing to change",
        "db3        failed          1.3 s  it is away [repository-missing] Mount it.",
    ]


WAITING = {"playbook": "archive", "status": "not_run", "msg": "its turn did not come"}
HELD = {**WAITING, "msg": "not touched", "code": "fleet-held-back"}


@pytest.mark.parametrize(
    ("batch", "waiting", "stops", "shown"),
    [
        pytest.param({"db2": OK}, WAITING, False, ["db2"], id="more to come"),
        pytest.param({"db2": OK}, OK, False, ["db1", "db2", "db3"], id="the last batch"),
        pytest.param({"db2": REFUSED}, WAITING, False, ["db1", "db2", "db3"], id="no host of the batch is left"),
        pytest.param({"db2": REFUSED, "db3": OK}, WAITING, False, ["db2", "db3"], id="one is left"),
        pytest.param({"db2": REFUSED, "db3": OK}, WAITING, True, ["db1", "db2", "db3", "db4"], id="it stops"),
        pytest.param({"db2": REFUSED}, HELD, False, ["db1", "db2", "db3"], id="held back"),
    ],
)
def test_last_table_has_every_host(batch: Any, waiting: Any, stops: bool, shown: list[str]) -> None:
    last = f"db{len(batch) + 2}"
    told = {**result(db1=OK, **batch, **{last: waiting}), "batch": [*batch]}
    lines = run_table({**told, "clusters": {"db0": {**OK, "playbook": "backup"}, **told["clusters"]}}, stops=stops)

    assert [line.split()[0] for line in lines[1:]] == shown


def test_no_line_is_wider_than_the_screen() -> None:
    name = "database-with-a-very-long-name-" * 3
    told = {**REFUSED, "msg": "word " * 60 + "/a/path/without/a/break" * 20}
    lines = run_table(result(**{name: told, "db2": OK}))

    assert max(map(len, lines)) <= WIDTH and len(lines) > 5
    assert lines[1].startswith("..") and lines[1].split()[0].endswith("long-name-")


def test_rehearsal_says_so() -> None:
    lines = run_table(begun("backup", ["db1"], batch=["db1"], before=None, check_mode=True))
    assert lines[0] == "backup (check mode, nothing was changed): 1 unreachable"


def test_result_of_no_hosts_is_a_line() -> None:
    assert run_table({"playbook": "report", "counts": {}}) == ["report: no hosts"]


def test_restore_point_of_all_clusters_has_a_line_of_its_own() -> None:
    lines = run_table({**result(db1=OK), "restore_point": {"line": "'a' in 2 clusters within 3 ms"}})
    assert lines[1] == "'a' in 2 clusters within 3 ms" and lines[2].startswith("db1")
