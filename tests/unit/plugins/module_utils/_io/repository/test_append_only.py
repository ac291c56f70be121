# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is stored stays as it was, whatever a database host asks for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import AlreadyStored, Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.identity import RepositoryIdentity, Writer
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.append_only import AppendOnly
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.place import ANY

LABEL = "20261101T030000Z-full"
WAL = "wal/00000001/00000000/000000010000000000000003"
HISTORY = "wal/00000002/00000002.history"
PACKED = WAL[:-1] + "5.zst"
ORIGIN = f"backups/{LABEL}/origin.json.age"
RECORD, PINS = f"backups/{LABEL}/backup.json", f"backups/{LABEL}/pinned.json"
PIN = '{"reason": "%s", "since": "2026-11-01T03:00:00.000000Z", "until": null}'


@pytest.fixture
def directory(tmp_path: Path) -> DirectoryStorage:
    """A folder with a segment, a backup and what others decide by."""
    storage = DirectoryStorage(str(tmp_path))
    for key in ("cluster.json", WAL, PACKED, HISTORY, HISTORY + ".crc32", RECORD, "verify.json", "expired_wal.json"):
        storage.put(key, [b"stored"])
    storage.put(PINS, [f"[{PIN % 'audit'}]".encode()])
    return storage


@pytest.fixture
def storage(directory: DirectoryStorage) -> AppendOnly:
    return AppendOnly(directory)


def content(tmp_path: Path) -> dict[str, bytes]:
    return {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


ATTEMPTS: dict[str, Callable[[AppendOnly], object]] = {
    "replace a segment": lambda storage: storage.put(WAL, [b"x"], replaces=ANY),
    "replace a segment by another name": lambda storage: storage.put(PACKED[:-4], [b"x"], replaces=ANY),
    "tell another origin of a backup": lambda storage: storage.put(ORIGIN, [b"x"]),
    "tell it in clear": lambda storage: storage.put(ORIGIN[: -len(".age")], [b"x"], replaces=ANY),
    "replace a version": lambda storage: storage.put(WAL, [b"x"], replaces=str(storage.stat(WAL)[2])),  # type: ignore[index]
    "replace who the cluster is": lambda storage: storage.put("cluster.json", [b"x"], replaces=ANY),
    "replace a record": lambda storage: storage.put(RECORD, [b"x"], replaces=ANY),
    "replace a checksum": lambda storage: storage.put(HISTORY + ".crc32", [b"x"], replaces=ANY),
    "take a pin away": lambda storage: storage.put(PINS, [b"[]"], replaces=ANY),
    "replace a pin": lambda storage: storage.put(PINS, [f"[{PIN % 'mine'}]".encode()], replaces=ANY),
    "damage the pins": lambda storage: storage.put(PINS, [b"{"], replaces=ANY),
    "say that all is verified": lambda storage: storage.put("verify.json", [b"x"], replaces=ANY),
    "say it first": lambda storage: storage.put("wal_facts/00000001/00000000.json", [b"x"]),
    "remove a segment": lambda storage: storage.delete([WAL]),
    "remove a record": lambda storage: storage.delete([RECORD]),
    "remove a backup": lambda storage: storage.delete_below(f"backups/{LABEL}"),
    "remove all backups": lambda storage: storage.delete_below("backups"),
    "remove the WAL": lambda storage: storage.delete_below("wal"),
    "hold what verification holds": lambda storage: storage.lease(".verify.lock"),
    "hold a record alone": lambda storage: storage.lease(RECORD, is_stored=True),
    "look beyond": lambda storage: storage.outside(),
    "fill the memory": lambda storage: storage.put("backups/.running.json", [b"x" * (1 << 20)] * 100, replaces=ANY),
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_nothing_is_removed_or_replaced(attempt: str, storage: AppendOnly, tmp_path: Path) -> None:
    before = content(tmp_path)
    with pytest.raises(Refused) as caught:
        ATTEMPTS[attempt](storage)
    assert caught.value.code == "not-permitted" and caught.value.hint
    assert {name: data for name, data in content(tmp_path).items() if name in before} == before
    assert [name for name in content(tmp_path) if name not in before and "/." not in f"/{name}"] == []


def test_other_content_under_a_name_is_told_as_everywhere(storage: AppendOnly) -> None:
    with pytest.raises(AlreadyStored):
        storage.put(WAL, [b"x"])
    assert storage.put(WAL, [b"stored"]) is None


@pytest.mark.parametrize("suffix", ["", ".lz4", ".gz", ".age", ".zst.age"])
def test_a_segment_has_one_name_whatever_the_host_asks_for(suffix: str, storage: AppendOnly) -> None:
    other = PACKED[:-4] + suffix
    with pytest.raises(AlreadyStored):
        storage.put(other, [b"x"])
    assert storage.put(other, [b"x"], is_same=lambda _key: True) is None, "a host that says that it is the same"
    assert storage.stat(other) is None


def test_what_is_not_there_is_added(storage: AppendOnly) -> None:
    label = "20261102T030000Z-full"
    assert storage.put(WAL[:-1] + "4", [b"next"]) is not None
    assert storage.put(f"backups/{label}/base.tar", [b"files"]) is not None
    assert storage.put("backups/.running.json", [b"{}"], replaces=ANY, is_durable=False) is not None
    storage.delete(["backups/.running.json"])
    assert storage.stat("backups/.running.json") is None
    assert storage.delete_below(f"backups/{label}") and storage.list("backups") == [LABEL]


def test_a_checksum_left_by_a_killed_call_is_written_again(storage: AppendOnly) -> None:
    key = "wal/00000003/00000003.history"
    assert storage.put(key + ".crc32", [b"of a call that was killed"], replaces=ANY)
    assert storage.put(key + ".crc32", [b"right"], replaces=ANY)
    storage.put(key, [b"history"])
    with pytest.raises(Refused):
        storage.put(key + ".crc32", [b"wrong"], replaces=ANY)
    assert storage.put(key + ".crc32", [b"right"], replaces=ANY) is None


def identity(*hostnames: str, version: int = 18) -> bytes:
    writers = tuple(Writer("id", name, "/data", "2026-11-01T03:00:00.000000Z") for name in hostnames)
    size = SegmentSize(16 << 20)
    return str(RepositoryIdentity("db1", ("7571",), (version,), size, "2026-11-01T03:00:00.000000Z", writers)).encode()


def test_a_standby_registers_itself_and_takes_nobody_away(directory: DirectoryStorage, storage: AppendOnly) -> None:
    directory.put("cluster.json", [identity("a")], replaces=ANY)
    assert storage.put("cluster.json", [identity("a", "b")], replaces=ANY)
    for other in (identity("b"), identity(), identity("a", "b", version=17), b"{}"):
        with pytest.raises(Refused):
            storage.put("cluster.json", [other], replaces=ANY)
    assert storage.read_all("cluster.json") == identity("a", "b")


def test_a_pin_is_added_to_those_that_are_there(storage: AppendOnly) -> None:
    assert storage.put(PINS, [f"[{PIN % 'audit'}, {PIN % 'restored'}]".encode()], replaces=ANY)
