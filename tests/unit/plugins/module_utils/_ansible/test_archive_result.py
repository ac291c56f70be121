# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.archive_result import changed_lines


def test_diff_holds_what_changes_with_two_lines_around() -> None:
    lines = [f"line {number}\n" for number in range(100)]
    after = [*lines[:50], "new\n", *lines[51:], "last\n"]

    old, new = changed_lines("".join(lines), "".join(after))

    assert old.splitlines() == ["line 48", "line 49", "line 50", "line 51", "line 52", "line 98", "line 99"]
    assert new.splitlines() == ["line 48", "line 49", "new", "line 51", "line 52", "line 98", "line 99", "last"]


def test_equal_texts_have_no_diff() -> None:
    assert changed_lines("a\n", "a\n") == ("", "")
