# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that was fetched ahead goes to its own recovery, whole, or to nobody."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.temporary_file import open_temporary
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.fetched_spool import (
    DIRECTORY_NAME,
    FetchedSpool,
    remove_abandoned,
)

A, B = "000000010000000000000003", "000000010000000000000004"


def begun(wal: Path, *, owner: str = "this one") -> tuple[FetchedSpool, int]:
    spool = FetchedSpool(str(wal), owner=owner)
    lock = spool.lock()
    assert lock >= 0
    spool.begin()
    return spool, lock


def test_segment_is_handed_out_once_by_its_owner_alone(tmp_path: Path) -> None:
    spool, _lock = begun(tmp_path)
    Path(spool.path(A)).write_text("whole")
    destination = tmp_path / "RECOVERYXLOG"
    for owner in ("", "another one", "this one "):
        assert not FetchedSpool(str(tmp_path), owner=owner).take(A, destination=str(destination))
    assert spool.take(A, destination=str(destination))
    assert destination.read_text() == "whole"
    assert not spool.take(A, destination=str(destination))
    assert not spool.take(B, destination=str(destination))


def test_next_recovery_begins_with_nothing(tmp_path: Path) -> None:
    spool, lock = begun(tmp_path)
    Path(spool.path(A)).write_text("of the one before")
    os.close(lock)
    after, _lock = begun(tmp_path, owner="the next")
    assert not Path(after.path(A)).exists()
    assert not spool.take(A, destination=str(tmp_path / "RECOVERYXLOG"))


def test_one_fetches_at_a_time(tmp_path: Path) -> None:
    spool, lock = begun(tmp_path)
    assert spool.lock() == -1
    os.close(lock)
    assert spool.lock() >= 0


def test_segment_that_is_being_fetched_is_waited_for(tmp_path: Path) -> None:
    spool, _lock = begun(tmp_path)
    descriptor, temporary = open_temporary(spool.path(A))

    def finish() -> None:
        os.write(descriptor, b"whole")
        os.rename(temporary, spool.path(A))
        os.close(descriptor)

    threading.Timer(0.2, finish).start()
    assert spool.take(A, destination=str(tmp_path / "RECOVERYXLOG"))
    assert (tmp_path / "RECOVERYXLOG").read_bytes() == b"whole"


def test_fetch_that_fails_is_not_waited_for_longer(tmp_path: Path) -> None:
    spool, _lock = begun(tmp_path)
    descriptor, temporary = open_temporary(spool.path(A))

    def fail() -> None:
        os.unlink(temporary)
        os.close(descriptor)

    threading.Timer(0.2, fail).start()
    assert not spool.take(A, destination=str(tmp_path / "RECOVERYXLOG"))


def test_what_is_no_longer_wanted_goes(tmp_path: Path) -> None:
    spool, _lock = begun(tmp_path)
    for name in (A, B, ".0000.tmp"):
        Path(spool.path(name)).write_text("x")
    assert spool.keep_only((B, "000000010000000000000005")) == {B}
    spool.note_position(A)
    assert spool.position() == A
    spool.remove()
    assert not (tmp_path / DIRECTORY_NAME).exists()


def test_abandoned_one_is_removed_unless_somebody_fetches(tmp_path: Path) -> None:
    remove_abandoned(str(tmp_path))
    assert list(tmp_path.iterdir()) == []
    spool, lock = begun(tmp_path)
    Path(spool.path(A)).write_text("x")
    remove_abandoned(str(tmp_path))
    assert Path(spool.path(A)).exists()
    os.close(lock)
    remove_abandoned(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [os.mkdir, os.mkfifo])
def test_what_is_no_file_has_no_owner(tmp_path: Path, kind: Callable[[str], None]) -> None:
    spool, _lock = begun(tmp_path)
    os.unlink(spool.path(".owner"))
    kind(spool.path(".owner"))
    Path(spool.path(A)).write_text("x")
    assert not spool.take(A, destination=str(tmp_path / "wal"))
    assert (spool.position(), (tmp_path / "wal").exists()) == ("", False)
