# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.backup.growing_archives import GrowingArchives
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.backup.sender import Sender


def archives_of(directory: Path, *names: str) -> GrowingArchives:
    archives = GrowingArchives(str(directory))
    for name in names:
        (directory / name).touch()
        archives.look()
    return archives


def test_archives_are_sent_in_their_order_and_who_waits_is_told_of_it(tmp_path: Path) -> None:
    archives, sent, gate, told = archives_of(tmp_path, "16385.tar", "base.tar"), [], threading.Event(), []

    def send(name: str) -> None:
        gate.wait(30)
        sent.append(name)

    def tell() -> None:
        told.append(1)
        gate.set()

    sender = Sender(archives, send)
    sender.start()
    archives.end()
    sender.finish(tell=tell, every_seconds=0.05)
    assert sent == ["16385.tar", "base.tar"] and told


def test_a_failure_is_raised_while_pg_basebackup_still_writes(tmp_path: Path) -> None:
    def send(name: str) -> None:
        raise Unavailable(f"'{name}' cannot be sent", code="repository-unreachable")

    sender = Sender(archives_of(tmp_path, "base.tar"), send)
    sender.start()
    sender.join(30)
    with pytest.raises(Unavailable, match="cannot be sent"):
        sender.check()


def test_files_that_pg_basebackup_has_removed_are_its_own_failure(tmp_path: Path) -> None:
    archives = archives_of(tmp_path, "base.tar")
    (tmp_path / "base.tar").unlink()
    sender = Sender(archives, lambda name: (tmp_path / name).read_bytes() and None)
    sender.start()
    sender.join(30)
    sender.check()
    with pytest.raises(FileNotFoundError):
        sender.finish(tell=lambda: None)


def test_sending_ends_when_the_backup_has_failed(tmp_path: Path) -> None:
    archives = archives_of(tmp_path, "base.tar")

    def send(name: str) -> None:
        while not archives.is_whole(name):
            threading.Event().wait(0.01)

    sender = Sender(archives, send)
    sender.abort()
    sender = Sender(archives_of(tmp_path), send)
    sender.start()
    sender.abort()
    assert not sender.is_alive()
