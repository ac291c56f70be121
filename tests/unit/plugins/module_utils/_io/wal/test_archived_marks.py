# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mark counts for the very file that was stored, and for nothing that looks like it."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.archived_marks import DIRECTORY_NAME, ArchivedMarks

A, B = "000000010000000000000003", "000000010000000000000004"


@pytest.fixture
def wal(tmp_path: Path) -> Path:
    """A directory with two segments."""
    for name in (A, B):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def marks_of(wal: Path, *, origin: str = "here") -> ArchivedMarks:
    return ArchivedMarks(str(wal), origin=origin)


def mark(wal: Path, name: str = A) -> Path:
    """Let one process store the segment; its mark."""
    marks = marks_of(wal)
    claim = marks.claim(name, waits=False)
    assert claim is not None
    marks.settle(claim, name, identity=marks.identity(name), key="a key", version="7")
    claim.release()
    return wal / DIRECTORY_NAME / name


def recycle(wal: Path) -> None:
    """What PostgreSQL does with a file that it no longer needs, under the name of the one that was stored."""
    os.rename(wal / B, wal / A)


def rewrite(wal: Path) -> None:
    (wal / A).write_bytes(b"other content of another length")


def change_in_place(wal: Path) -> None:
    found = (wal / A).stat()
    (wal / A).write_bytes(A[::-1].encode())
    os.utime(wal / A, ns=(found.st_atime_ns, found.st_mtime_ns))


def copy_of_itself(wal: Path) -> None:
    shutil.copy2(wal / A, wal / "copy")
    os.rename(wal / "copy", wal / A)


def take_away(wal: Path) -> None:
    (wal / A).unlink()


def cut_off(wal: Path) -> None:
    path = wal / DIRECTORY_NAME / A
    path.write_bytes(path.read_bytes()[:-1])


def zeros_after_a_crash(wal: Path) -> None:
    path = wal / DIRECTORY_NAME / A
    path.write_bytes(bytes(path.stat().st_size))


def lose(wal: Path) -> None:
    shutil.rmtree(wal / DIRECTORY_NAME)


def in_its_place(wal: Path) -> Path:
    (wal / DIRECTORY_NAME / A).unlink()
    return wal / DIRECTORY_NAME / A


def directory(wal: Path) -> None:
    in_its_place(wal).mkdir()


def fifo(wal: Path) -> None:
    os.mkfifo(in_its_place(wal))


def fifo_that_somebody_holds(wal: Path) -> None:
    fifo(wal)
    # Until the end of the process.
    os.open(wal / DIRECTORY_NAME / A, os.O_RDWR | os.O_NONBLOCK)


def link_to_a_mark(wal: Path) -> None:
    path = wal / DIRECTORY_NAME / A
    path.rename(wal / "mark")
    path.symlink_to(wal / "mark")


def test_mark_has_what_was_stored(wal: Path) -> None:
    assert marks_of(wal).find(A) is None
    mark(wal)
    found = marks_of(wal).find(A)
    assert found is not None
    assert found[:2] == ("a key", "7")
    assert 0 <= found[2] < 60
    assert marks_of(wal).find(B) is None


@pytest.mark.parametrize(
    "change",
    [
        recycle, rewrite, change_in_place, copy_of_itself, take_away, cut_off, zeros_after_a_crash, lose,
        directory, fifo, fifo_that_somebody_holds, link_to_a_mark,
    ],
)  # fmt: skip
def test_mark_of_anything_else_counts_for_nothing(change: Callable[[Path], None], wal: Path) -> None:
    mark(wal)
    change(wal)
    assert marks_of(wal).find(A) is None


def test_marks_of_another_origin_or_cluster_count_for_nothing(wal: Path, tmp_path: Path) -> None:
    mark(wal)
    assert marks_of(wal, origin="elsewhere").find(A) is None
    shutil.copy2(wal / DIRECTORY_NAME / A, wal / DIRECTORY_NAME / B)
    assert marks_of(wal).find(B) is None
    shutil.copytree(wal, tmp_path / "copy")
    assert marks_of(tmp_path / "copy").find(A) is None


def test_file_that_changed_while_it_was_stored_gets_no_mark(wal: Path) -> None:
    marks = marks_of(wal)
    claim = marks.claim(A, waits=False)
    assert claim is not None
    identity = marks.identity(A)
    recycle(wal)
    marks.settle(claim, A, identity=identity, key="a key", version="7")
    assert marks.find(A) is None


def test_claim_is_one_process_at_a_time_and_ends_with_it(wal: Path) -> None:
    marks = marks_of(wal)
    child = os.fork()
    if not child:
        os._exit(0 if marks.claim(A, waits=False) else 1)
    assert os.waitpid(child, 0)[1] == 0
    claim = marks.claim(A, waits=False)
    assert claim is not None
    assert marks.claim(A, waits=False) is None
    assert marks.claim(B, waits=False) is not None
    claim.release()
    assert marks.claim(A, waits=True) is not None


def test_whoever_waits_learns_whether_it_was_stored(wal: Path) -> None:
    marks = marks_of(wal)
    found: dict[str, bool] = {}

    def waiting(name: str) -> threading.Thread:
        thread = threading.Thread(target=lambda: found.update({name: marks.wait_for(name)}))
        thread.start()
        return thread

    stored, failed = marks.claim(A, waits=False), marks.claim(B, waits=False)
    assert stored is not None and failed is not None
    threads = [waiting(A), waiting(B)]
    stored.write("stored")
    marks.forget(A)
    for claim in (stored, failed):
        claim.release()
    for thread in threads:
        thread.join(timeout=10)
    assert found == {A: True, B: False}
    # PostgreSQL was told, or is about to be.
    assert marks.wait_for(A)


def test_slots_bound_the_number_of_processes(wal: Path) -> None:
    slot = marks_of(wal).take_slot(0)
    assert slot >= 0
    assert marks_of(wal).take_slot(0) == -1
    assert marks_of(wal).take_slot(1) >= 0
    os.close(slot)
    assert marks_of(wal).take_slot(0) >= 0


def test_pruning_leaves_what_waits_and_what_is_being_stored(wal: Path) -> None:
    kept, old = mark(wal), mark(wal, B)
    slot = marks_of(wal).take_slot(0)
    held = marks_of(wal).claim("000000010000000000000005", waits=False)
    assert held is not None and slot >= 0
    (kept.parent / "000000010000000000000000").mkdir()
    marks_of(wal).prune([A])
    assert kept.exists()
    assert not old.exists()
    left = {path.name for path in kept.parent.iterdir()}
    assert left == {".slot0", A, "000000010000000000000000", "000000010000000000000005"}
