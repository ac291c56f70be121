# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checksum beside a file fits what is stored, also where two hosts store the file at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.layout import checksum_key, wal_key
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.fingerprint import fingerprint_of
from other_writer import OtherWriter

HISTORY = "00000002.history"
ONE, OTHER = (f"1\t0/{place}000000\tno recovery target specified\n" for place in (3, 4))


def test_of_two_hosts_that_begin_a_timeline_at_once_the_history_of_the_first_counts(
    folder: ClusterFolder, data_directory: Path, tmp_path: Path
) -> None:
    source = data_directory / "pg_wal" / HISTORY
    other = ClusterFolder(os.path.dirname(folder.path), name=folder.name)

    def store(into: ClusterFolder, text: str) -> None:
        source.write_text(text)
        into.store_wal(str(source), data_directory=str(data_directory))

    def store_other() -> None:
        store(other, OTHER)
        source.write_text(ONE)

    storage = folder.storage
    folder.storage = OtherWriter(storage, store_other)  # type: ignore[assignment]
    with pytest.raises(PitrError):
        store(folder, ONE)
    other.fetch_wal(HISTORY, str(tmp_path / "back"))
    assert (tmp_path / "back").read_text() == OTHER
    folder.storage = storage
    store(folder, OTHER)


@pytest.mark.parametrize("left", [b"", b"00000000 17\n", b"no line", b"00000000 17\n" * 20])
def test_what_a_killed_call_left_hides_no_checksum(
    left: bytes, folder: ClusterFolder, make_segment: Callable[..., Path], data_directory: Path, tmp_path: Path
) -> None:
    source = make_segment(3)
    key = wal_key(source.name)
    folder.storage.put(checksum_key(key), [left])
    for _again in range(2):
        folder.store_wal(str(source), data_directory=str(data_directory), compression="none")
    assert (folder.storage.read_all(checksum_key(key)) or b"").count(b"\n") <= 8
    folder.fetch_wal(source.name, str(tmp_path / "back"))
    with open(folder.storage.address(key), "r+b") as file:
        file.write(b"changed")
    with pytest.raises(Damaged):
        folder.fetch_wal(source.name, str(tmp_path / "back"))


def test_what_a_link_in_its_place_leads_to_is_neither_taken_over_nor_told(
    folder: ClusterFolder, make_segment: Callable[..., Path], data_directory: Path, tmp_path: Path
) -> None:
    source = make_segment(3)
    key = wal_key(source.name)
    secret, beside = tmp_path / "secret", Path(folder.storage.address(checksum_key(key)))
    secret.write_text("secret\n00000000 secret\nsecret 17\n0000000x 17\n" + "00000000 " + "1" * 20 + "\n")
    beside.parent.mkdir(parents=True)
    beside.symlink_to(secret)
    folder.store_wal(str(source), data_directory=str(data_directory), compression="none")
    kept = (folder.storage.read_all(checksum_key(key)) or b"").splitlines()
    assert len(kept) == 1 and len(kept[0].split()[0]) == 8

    beside.unlink()
    beside.symlink_to(secret)
    with pytest.raises(Damaged) as caught:
        folder.fetch_wal(source.name, str(tmp_path / "back"))
    assert "secret" not in str(caught.value)
    assert fingerprint_of(folder.storage, key) is None
