# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.host.file_step import (
    FileState,
    MakeDirectory,
    RemoveFile,
    WriteFile,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.file_steps import (
    apply_file_steps,
    check_applicable,
    look_at,
    missing_directories,
)


def test_plan_is_carried_out(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("")
    before = os.umask(0o077)
    try:
        apply_file_steps(
            (
                MakeDirectory(str(tmp_path / "made"), 0o755, (os.getuid(), os.getgid())),
                WriteFile(str(tmp_path / "made" / "file"), b"text", 0o640),
                RemoveFile(str(tmp_path / "old")),
            )
        )
    finally:
        os.umask(before)
    assert os.listdir(tmp_path) == ["made"]
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o755
    assert look_at(str(tmp_path / "made" / "file")) == FileState(0o640, (os.getuid(), os.getgid()), b"text")


def test_nothing_and_directories_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert look_at(str(tmp_path / "none")) is None
    assert look_at(str(tmp_path / "file" / "below")) is None
    state = look_at(str(tmp_path))
    assert state is not None and state.content is None
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInput) as caught:
        look_at(str(tmp_path / "pipe"))
    assert caught.value.code == "path-not-a-file"


def test_missing_directories_come_outermost_first(tmp_path: Path) -> None:
    assert missing_directories(str(tmp_path / "a" / "b")) == [str(tmp_path / "a"), str(tmp_path / "a" / "b")]
    assert missing_directories(str(tmp_path)) == []


def test_step_below_a_file_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable) as caught:
        check_applicable([MakeDirectory(str(tmp_path / "a"), 0o700), WriteFile(str(tmp_path / "file/x/y"), b"", 0o600)])
    assert caught.value.code == "write-failed"
    assert str(tmp_path / "file/x/y") in caught.value.message
    check_applicable([MakeDirectory(str(tmp_path / "a"), 0o700), WriteFile(str(tmp_path / "a/b/c"), b"", 0o600)])


def test_place_without_the_right_to_write_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root may write everywhere, so the kernel's answer is given here.
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    with pytest.raises(Unavailable) as caught:
        check_applicable([RemoveFile(str(tmp_path / "x"))])
    assert caught.value.code == "write-failed"


def test_failed_step_names_its_path(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        apply_file_steps([RemoveFile(str(tmp_path / "none"))])
    assert caught.value.code == "write-failed"
    assert str(tmp_path / "none") in caught.value.message


def test_directory_that_another_run_made_meanwhile_is_taken_as_it_is(tmp_path: Path) -> None:
    """It may be another user's by now, and is not taken away from him."""
    (tmp_path / "shared").mkdir(mode=0o700)
    apply_file_steps((MakeDirectory(str(tmp_path / "shared"), 0o755, (os.getuid(), os.getgid())),))
    assert stat.S_IMODE((tmp_path / "shared").stat().st_mode) == 0o700


def test_file_in_the_place_of_a_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shared").write_text("")
    with pytest.raises(Unavailable, match="shared"):
        apply_file_steps((MakeDirectory(str(tmp_path / "shared"), 0o755, None),))
