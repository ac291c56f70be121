# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.host.file_step import (
    FileState,
    MakeDirectory,
    RemoveFile,
    WriteFile,
    plan_directory,
    plan_file,
    plan_removal,
)

WANTED = WriteFile("/etc/x", b"new", 0o640, (0, 5))


@pytest.mark.parametrize(
    ("present", "writes"),
    [
        pytest.param(None, True, id="missing"),
        pytest.param(FileState(0o640, (0, 5), b"new"), False, id="as wanted"),
        pytest.param(FileState(0o640, (0, 5), b"old"), True, id="other content"),
        pytest.param(FileState(0o644, (0, 5), b"new"), True, id="other mode"),
        pytest.param(FileState(0o640, (0, 0), b"new"), True, id="other owner"),
    ],
)
def test_file_is_written_when_anything_differs(present: FileState | None, writes: bool) -> None:
    assert plan_file(WANTED, present=present) == ((WANTED,) if writes else ())


def test_any_owner_will_do_when_none_is_wanted() -> None:
    assert plan_file(WriteFile("/x", b"", 0o600), present=FileState(0o600, (9, 9), b"")) == ()


def test_directory_that_is_there_is_left_alone() -> None:
    step = MakeDirectory("/r", 0o700)
    assert plan_directory(step, present=FileState(0o755, (0, 0))) == ()
    assert plan_directory(step, present=None) == (step,)


def test_plan_reads_as_sentences() -> None:
    assert [str(step) for step in (MakeDirectory("/r", 0o700), WANTED, *plan_removal(["/x"]))] == [
        "make directory /r with mode 0700",
        "write /etc/x (3 bytes, mode 0640)",
        "remove /x",
    ]
    assert plan_removal(["/x"]) == (RemoveFile("/x"),)
