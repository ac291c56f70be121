# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import pwd
import signal
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.scratch import (
    make_scratch,
    scratch_directory,
    scratch_places,
)

HUGE = 1 << 60


def test_places_in_order() -> None:
    places = scratch_places({"TMPDIR": "/run/user/tmp", "TMP": "not absolute"})
    assert places[:3] == ("/run/user/tmp", "/tmp", "/var/tmp")
    assert pwd.getpwuid(os.geteuid()).pw_dir in places
    assert scratch_places({"TMPDIR": "/tmp"})[0] == "/tmp"


@pytest.mark.parametrize("bad", ["gone", "a file", "/proc"])
def test_place_where_nothing_can_be_made_is_passed_over(tmp_path: Path, bad: str) -> None:
    (tmp_path / "a file").touch()
    first = bad if bad.startswith("/") else str(tmp_path / bad)
    made = make_scratch("x-", places=(first, str(tmp_path)))
    assert os.path.dirname(made) == str(tmp_path)
    assert os.stat(made).st_mode & 0o777 == 0o700


def test_place_with_room_comes_before_one_without(tmp_path: Path) -> None:
    # /proc has none, and nothing has as much as is wanted, so the one with most is taken.
    assert os.path.dirname(make_scratch("x-", wanted_bytes=HUGE, places=("/proc", str(tmp_path)))) == str(tmp_path)


def test_nowhere_is_said_with_what_to_set(tmp_path: Path) -> None:
    for places, needed in (((str(tmp_path / "gone"),), 0), ((str(tmp_path),), HUGE)):
        with pytest.raises(Unavailable) as caught:
            make_scratch("x-", needed_bytes=needed, places=places)
        assert caught.value.code == "scratch-missing"
        assert f"'{places[0]}'" in caught.value.message
        assert "TMPDIR" in caught.value.hint


def test_directory_is_removed_with_what_is_in_it() -> None:
    with scratch_directory("x-") as path:
        Path(path, "file").write_bytes(b"x")
    assert not os.path.exists(path)


def test_what_a_killed_process_has_left_is_removed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    process = os.fork()
    if not process:
        with scratch_directory("x-spool-") as path:
            Path(path, "in clear").write_bytes(b"x")
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(process, 0)
    other, link = tmp_path / "x-other", tmp_path / "x-spool-link"
    other.mkdir()
    link.symlink_to(other)
    (left,) = tmp_path.glob("x-spool-*/in clear")
    with scratch_directory("x-spool-") as first, scratch_directory("x-spool-") as second:
        assert not left.exists() and os.path.isdir(first) and os.path.isdir(second), "living ones keep theirs"
    assert sorted(tmp_path.iterdir()) == [other, link]
