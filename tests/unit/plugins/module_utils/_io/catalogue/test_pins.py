# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pins and holds of backups that lie in a repository made by hand."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.pin import pin_of_restore
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.pins import pin_backup, read_pins, unpin_backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.backup_hold import (
    closed_to_holds,
    held_labels,
    hold_backups,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.backup_lock import (
    EXPIRE,
    backup_lock,
    is_backup_running,
    lock_holder,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.running_backup import read_running
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.pin import pin_restored, release_restored
from held_lock import held_lock

SINCE = "2026-11-22T12:00:00.000000Z"
OLD, NEW = "20261121T120000Z-full", "20261122T120000Z-full"


@pytest.fixture
def make_backup(folder: ClusterFolder) -> Callable[[str], Path]:
    """Makes what stands for a recorded backup."""

    def make(label: str) -> Path:
        directory = Path(folder.backups_directory) / label
        directory.mkdir(mode=0o700)
        (directory / "backup.json").write_text("{}")
        return directory

    return make


def test_pins_are_a_list_and_are_released_by_reason_or_all_at_once(
    folder: ClusterFolder, make_backup: Callable[[str], Path]
) -> None:
    directory = make_backup(OLD)
    until = datetime(2027, 1, 1, tzinfo=timezone.utc)
    pin_backup(folder, OLD, reason="audit", since=SINCE)
    pin_backup(folder, OLD, reason="restored", since=SINCE, until=until)
    assert [(pin.reason, pin.until) for pin in read_pins(folder, OLD)] == [("audit", None), ("restored", until)]
    assert (directory / "pinned.json").stat().st_mode & 0o777 == 0o600

    assert [pin.reason for pin in unpin_backup(folder, OLD, reason="audit")] == ["audit"]
    assert [pin.reason for pin in unpin_backup(folder, OLD)] == ["restored"]
    assert unpin_backup(folder, OLD) == ()
    assert os.listdir(directory) == ["backup.json"]


def test_a_restore_that_fails_takes_back_its_own_pin_and_no_other(
    folder: ClusterFolder, make_backup: Callable[[str], Path]
) -> None:
    make_backup(OLD)
    first = pin_of_restore("latest", started=SINCE, in_place=True)
    pin_backup(folder, OLD, reason="audit", since=SINCE)
    pin_restored(folder, OLD, pin=first)
    for in_place in (True, False):
        again = pin_of_restore("latest", started="2026-11-22T13:00:00.000000Z", in_place=in_place)
        pin_restored(folder, OLD, pin=again)
        release_restored(folder, OLD, pin=again)
        assert [pin.reason for pin in read_pins(folder, OLD)] == ["audit", "restored to latest"]
    release_restored(folder, OLD, pin=first)
    assert [pin.reason for pin in read_pins(folder, OLD)] == ["audit"]
    release_restored(folder, NEW, pin=first)


def test_restore_that_fails_leaves_the_pin_of_a_copy_to_the_same_target(
    folder: ClusterFolder, make_backup: Callable[[str], Path]
) -> None:
    make_backup(OLD)
    copy = pin_of_restore("latest", started=SINCE, in_place=False)
    pin_restored(folder, OLD, pin=copy)
    for in_place in (True, False):
        failed = pin_of_restore("latest", started="2026-11-22T13:00:00.000000Z", in_place=in_place)
        pin_restored(folder, OLD, pin=failed)
        release_restored(folder, OLD, pin=failed)
        assert read_pins(folder, OLD) == (copy,)


def test_what_is_held_is_pinned_while_retention_runs(folder: ClusterFolder, make_backup: Callable[[str], Path]) -> None:
    make_backup(OLD)
    with hold_backups(folder, [OLD]), backup_lock(folder.storage, what=EXPIRE), closed_to_holds(folder):
        pin_restored(folder, OLD, pin=pin_of_restore("latest", started=SINCE, in_place=False))
    assert [str(pin.until) for pin in read_pins(folder, OLD)] == ["2026-11-24 12:00:00+00:00"]


def test_a_hold_is_not_disturbed_by_who_asks(folder: ClusterFolder, make_backup: Callable[[str], Path]) -> None:
    record = make_backup(OLD) / "backup.json"
    with record.open() as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        threading.Timer(0.3, fcntl.flock, (stream, fcntl.LOCK_UN)).start()
        with hold_backups(folder, [OLD]):
            assert held_labels(folder, [OLD]) == {OLD}


def test_pins_that_cannot_be_read_pin(folder: ClusterFolder, make_backup: Callable[[str], Path]) -> None:
    (make_backup(OLD) / "pinned.json").write_bytes(b"\xff{")
    pins = read_pins(folder, OLD)
    assert [(pin.reason, pin.until) for pin in pins] == [("its file of pins cannot be read", None)]
    unpin_backup(folder, OLD)
    assert read_pins(folder, OLD) == ()


def test_a_backup_that_is_gone_can_be_neither_pinned_nor_held(folder: ClusterFolder) -> None:
    with pytest.raises(Unavailable) as caught:
        pin_backup(folder, OLD, reason="audit", since=SINCE)
    assert caught.value.code == "backup-removed"


def test_what_is_held_is_told_and_only_as_long(folder: ClusterFolder, make_backup: Callable[[str], Path]) -> None:
    make_backup(OLD)
    make_backup(NEW)
    with hold_backups(folder, [OLD]), hold_backups(folder, [OLD]):
        assert held_labels(folder, [OLD, NEW, "gone"]) == {OLD}
    assert held_labels(folder, [OLD, NEW]) == frozenset()


def test_nobody_begins_to_hold_while_the_gate_is_closed(
    folder: ClusterFolder, make_backup: Callable[[str], Path]
) -> None:
    make_backup(OLD)
    with (
        hold_backups(folder, [OLD]),
        backup_lock(folder.storage, what=EXPIRE),
        closed_to_holds(folder),
        pytest.raises(Unavailable) as caught,
        hold_backups(folder, [OLD], patience_seconds=0),
    ):
        pass
    assert caught.value.code == "expire-running"
    assert f"process {os.getpid()} on host '{os.uname().nodename}', since 20" in caught.value.message
    with hold_backups(folder, [OLD], patience_seconds=0):
        pass


def test_the_lock_of_a_dead_process_is_free(folder: ClusterFolder, make_backup: Callable[[str], Path]) -> None:
    record = make_backup(OLD) / "backup.json"
    lock = Path(folder.backups_directory) / ".lock"
    script = "import fcntl, sys\nfor path in sys.argv[1:]: fcntl.flock(keep := open(path, 'a'), fcntl.LOCK_EX)"
    subprocess.run([sys.executable, "-c", script, record, lock], check=True)
    with backup_lock(folder.storage, what=EXPIRE), closed_to_holds(folder):
        assert held_labels(folder, [OLD]) == frozenset()


def test_retention_is_not_taken_for_a_backup(folder: ClusterFolder) -> None:
    place = folder.storage
    with backup_lock(place, what=EXPIRE):
        assert not is_backup_running(place)
        assert read_running(place) is None
        holder = lock_holder(place)
        assert holder is not None and (holder.what, holder.pid) == (EXPIRE, os.getpid())
        with pytest.raises(Unavailable) as caught, backup_lock(place, what=EXPIRE):
            pass
    assert caught.value.code == "expire-running"
    assert lock_holder(place) is None
    with backup_lock(place), pytest.raises(Unavailable) as caught, backup_lock(place, what=EXPIRE):
        pass
    assert caught.value.code == "backup-running"


def test_a_backup_waits_for_retention_to_end(folder: ClusterFolder) -> None:
    with held_lock(folder.storage, what=EXPIRE) as release:
        # Longer than a backup waits for another backup.
        threading.Timer(1.4, release.set).start()
        with backup_lock(folder.storage):
            assert release.is_set()
