# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who controls a path, tried on the real file system."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.controllers import (
    ANYONE,
    controllers_of,
    sync_directory,
    walked,
)

ME = os.geteuid()


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A directory that nobody but this user and root controls, however pytest's own lies."""
    tmp_path.chmod(0o755)
    assert ANYONE not in controllers_of(str(tmp_path))
    return tmp_path


def made(path: Path, *, mode: int = 0o755) -> Path:
    path.mkdir()
    path.chmod(mode)
    return path


def test_what_belongs_to_root_is_controlled_by_root_alone() -> None:
    assert controllers_of("/usr/bin") == {0}
    assert controllers_of("/") == {0}


def test_own_directory_is_controlled_by_its_owner(closed: Path) -> None:
    assert controllers_of(str(made(closed / "data"))) <= {0, ME}


@pytest.mark.parametrize(
    ("mode", "anyone"),
    [(0o755, False), (0o700, False), (0o777, True), (0o757, True), (0o1777, False)],
    ids=oct,
)
def test_mode_of_a_directory_above(closed: Path, mode: int, anyone: bool) -> None:
    """In a sticky directory an entry is its owner's."""
    above = made(closed / "above", mode=mode)
    assert (ANYONE in controllers_of(str(made(above / "data")))) is anyone


@pytest.mark.parametrize("mode", [0o777, 0o1777], ids=oct)
def test_what_is_missing_in_a_shared_directory_is_anyones(closed: Path, mode: int) -> None:
    above = made(closed / "above", mode=mode)
    assert ANYONE in controllers_of(str(above / "missing"))


def test_what_is_missing_in_a_closed_directory_is_its_owners(closed: Path) -> None:
    assert controllers_of(str(closed / "missing")) <= {0, ME}


def test_file_that_others_may_write(closed: Path) -> None:
    file = closed / "file"
    file.touch()
    file.chmod(0o666)
    assert ANYONE in controllers_of(str(file))


def test_link_in_a_shared_directory_counts_although_its_target_is_roots(closed: Path) -> None:
    above = made(closed / "above", mode=0o777)
    (above / "link").symlink_to("/usr/bin")
    assert ANYONE in controllers_of(str(above / "link" / "env"))


def test_link_of_root_leads_on(closed: Path) -> None:
    """/proc/self is root's link, to a directory of whoever looks."""
    assert controllers_of("/proc/self") <= {0, ME}
    (closed / "link").symlink_to("/usr")
    with walked(str(closed / "link" / "bin")) as place:
        assert (place.name, os.path.dirname(place.path)) == ("bin", "/usr")
        assert place.controllers == {0, ME} or ME == 0


@pytest.mark.parametrize(
    "target",
    ["../data", "./../outer/../data", "/{closed}/data", "../outer/loop/../../data"],
    ids=["relative", "dots", "absolute", "through-a-link"],
)
def test_links_are_resolved_as_the_kernel_does(closed: Path, target: str) -> None:
    made(closed / "data")
    outer = made(closed / "outer")
    made(outer / "inner")
    (outer / "loop").symlink_to("inner")
    (outer / "link").symlink_to(target.replace("{closed}", str(closed).lstrip("/")))
    with walked(str(outer / "link")) as place:
        assert place.path == os.path.realpath(outer / "link")


def test_links_in_a_circle_end(closed: Path) -> None:
    (closed / "one").symlink_to("two")
    (closed / "two").symlink_to("one")
    with pytest.raises(OSError, match="symbolic links"):
        controllers_of(str(closed / "one"))


def test_directory_on_the_way_is_missing(closed: Path) -> None:
    with pytest.raises(FileNotFoundError):
        controllers_of(str(closed / "missing" / "file"))


@pytest.mark.parametrize("name", ["with space", "quote'", "new\nline", "\udcff"], ids=ascii)
def test_names_of_any_kind(closed: Path, name: str) -> None:
    made(closed / name)
    with walked(str(closed / name)) as place:
        assert place.is_directory
        assert place.name == name


def test_no_descriptor_is_left_open(closed: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    (closed / "link").symlink_to("../" * 3 + "usr")
    for path in ("/usr/bin/env", str(closed / "link"), str(closed / "missing")):
        with walked(path):
            pass
    with pytest.raises(FileNotFoundError):
        controllers_of(str(closed / "missing" / "file"))
    assert len(os.listdir("/proc/self/fd")) == before


def test_directory_that_cannot_be_fsynced_is_no_failure(tmp_path: Path) -> None:
    # The kernel refuses it below /proc with EINVAL, as CIFS and some of FUSE do.
    with pytest.raises(OSError, match="Invalid argument"):
        os.fsync(os.open("/proc", os.O_RDONLY))
    for path in ("/proc/version", "/proc/sys/kernel", str(tmp_path / "x")):
        with walked(path) as place:
            sync_directory(place)
