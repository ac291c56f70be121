# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.pgfleet.pitr.plugins.filter.run_begun import run_begun
from ansible_collections.pgfleet.pitr.plugins.filter.run_ended import FilterModule

run_ended = FilterModule().filters()["run_ended"]


def test_hosts_of_the_batch_that_are_not_left_have_failed() -> None:
    begun = run_begun({"db1": {}, "db2": {}}, "report", ["db1", "db2"], ["db1", "db2"], True)
    ended = run_ended({"db1": {}, "db2": {}}, "report", ["db2"], {"ansible_stats": {"data": {"pitr_result": begun}}})

    assert ended["check_mode"] and ended["not_ok"] == ["db1"]
    assert ended["clusters"]["db1"]["status"] == "failed"


def test_text_of_a_host_is_no_template() -> None:
    """set_stats templates what it is given; without a beginning (``--start-at-task``) nothing else marks it."""
    taken = {"pitr_backup_result": {"line": "{{ 6 * 7 }}"}}
    ended = run_ended({"db1": taken}, "backup", ["db1"], {})

    assert Templar(DataLoader(), variables={}).template(ended)["clusters"]["db1"]["done"] == "{{ 6 * 7 }}"
