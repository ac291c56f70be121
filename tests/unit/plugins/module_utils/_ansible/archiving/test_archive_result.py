# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.archiving.archive_result import (
    archive_diff,
    archive_values,
    changed_lines,
)
from archiving_world import ArchivingWorld


def test_diff_holds_what_changes_with_two_lines_around() -> None:
    lines = [f"line {number}\n" for number in range(100)]
    after = [*lines[:50], "new\n", *lines[51:], "last\n"]

    old, new = changed_lines("".join(lines), "".join(after))

    assert old.splitlines() == ["line 48", "line 49", "line 50", "line 51", "line 52", "line 98", "line 99"]
    assert new.splitlines() == ["line 48", "line 49", "new", "line 51", "line 52", "line 98", "line 99", "last"]


def test_equal_texts_have_no_diff() -> None:
    assert changed_lines("a\n", "a\n") == ("", "")


def test_return_values_of_a_run_and_of_the_next(tmp_path: Path) -> None:
    world = ArchivingWorld(tmp_path)

    first = archive_values(world.setup().run(), cluster=world.cluster)
    again = archive_values(world.setup().run(), cluster=world.cluster)

    assert (first["restart_required"], first["restarted"]) == (False, False)
    assert [each["name"] for each in first["settings"]] == ["archive_command", "archive_timeout"]
    assert first["proof"]["proven"] and first["proof"]["segment"] == "000000010000000000000003"
    assert again["proof"] == {"proven": True, "reason": "already", "segment": None, "seconds": None}


def test_diff_has_the_settings_and_the_registration(tmp_path: Path) -> None:
    world = ArchivingWorld(tmp_path)

    diff = archive_diff(world.setup().rehearse().plan)

    assert world.request.archive_command in diff["after"] and "# cluster.json" in diff["after"]
    assert world.request.archive_command not in diff["before"]
