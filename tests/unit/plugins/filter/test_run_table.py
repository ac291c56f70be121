# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pgfleet.pitr.plugins.filter.run_table import FilterModule

run_table = FilterModule().filters()["run_table"]


def test_result_that_is_not_there_is_no_failure() -> None:
    assert run_table({"skipped": True}) == ["None: no hosts"]
