# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.filter.hook_missing import FilterModule

hook_missing = FilterModule().filters()["hook_missing"]


def test_file_that_is_there_is_not_missing(tmp_path: Path) -> None:
    present = tmp_path / "drain.yml"
    present.write_text("[]", encoding="utf-8")

    assert hook_missing([str(present), "", None]) == {}
    assert "drain.yaml" in hook_missing([str(present), str(present.with_suffix(".yaml"))])["msg"]
    assert hook_missing([str(tmp_path)])["code"] == "hook-missing"


def test_relative_path_is_one_that_nobody_finds() -> None:
    assert hook_missing(["."])["failed"]
