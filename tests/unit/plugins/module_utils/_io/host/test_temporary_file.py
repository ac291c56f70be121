# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import stat
from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.temporary_file import (
    open_temporary,
    remove_stale_temporaries,
)


def test_each_has_a_name_of_its_own_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = [open_temporary(str(tmp_path / "x.conf")) for _each in range(20)]
    finally:
        os.umask(before)
    assert len({path for _descriptor, path in made}) == 20
    for descriptor, path in made:
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        assert os.path.samestat(os.stat(path), os.fstat(descriptor))
        os.close(descriptor)


def test_what_a_killed_process_left_is_removed_and_what_is_written_stays(tmp_path: Path) -> None:
    descriptor, living = open_temporary(str(tmp_path / "x"))
    dead_descriptor, dead = open_temporary(str(tmp_path / "x"))
    os.close(dead_descriptor)
    other_descriptor, other = open_temporary(str(tmp_path / "y"))
    os.close(other_descriptor)

    remove_stale_temporaries(str(tmp_path / "x"))

    assert (os.path.exists(living), os.path.exists(dead), os.path.exists(other)) == (True, False, True)
    os.close(descriptor)


def test_links_and_fifos_of_such_names_are_left_alone_or_gone_and_never_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("kept")
    (tmp_path / ".x.0123.tmp").symlink_to(tmp_path / "precious")
    os.mkfifo(tmp_path / ".x.4567.tmp")
    remove_stale_temporaries(str(tmp_path / "x"))
    assert (tmp_path / "precious").read_text() == "kept"


def test_a_directory_that_cannot_be_listed_is_left_to_the_one_who_writes(tmp_path: Path) -> None:
    remove_stale_temporaries(str(tmp_path / "none" / "x"))
    assert not (tmp_path / "none").exists()


def test_a_path_without_a_directory_lies_in_the_present_one(tmp_path: Path) -> None:
    present = os.getcwd()
    os.chdir(tmp_path)
    try:
        descriptor, path = open_temporary("x")
        os.close(descriptor)
        remove_stale_temporaries("x")
    finally:
        os.chdir(present)
    assert path.startswith(".x.")
    assert list(tmp_path.iterdir()) == []
