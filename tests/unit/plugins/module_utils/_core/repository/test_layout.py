# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository import layout


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (layout.record_key("a"), "backups/a/backup.json"),
        (layout.manifest_key("a"), "backups/a/backup_manifest"),
        (layout.pin_key("a"), "backups/a/pinned.json"),
        (layout.timeline_folder("00000001"), "wal/00000001"),
        (layout.timeline_folder("00000001", "000000A2"), "wal/00000001/000000A2"),
        (layout.wal_key("00000002.history"), "wal/00000002/00000002.history"),
        (layout.checksum_key("wal/x"), "wal/x.crc32"),
        (
            layout.wal_key("00000001000000000000000A", method="lz4", is_encrypted=True),
            "wal/00000001/00000000/00000001000000000000000A.lz4.age",
        ),
        (layout.digest_key("wal/x.age"), "wal/x.age.digest"),
        (layout.BACKUPS_LOCK, "backups/.lock"),
        (layout.HOLDS_LOCK, "backups/.hold.lock"),
        (layout.RUNNING_FILE, "backups/.running.json"),
    ],
)
def test_keys_are_those_of_every_release(key: str, expected: str) -> None:
    assert key == expected


def test_a_segment_is_looked_for_under_every_compression_in_clear_and_encrypted() -> None:
    name = "000000010000000000000003"
    keys = layout.wal_keys(name)
    methods = list(layout.SUFFIX_BY_METHOD)
    in_clear = [layout.wal_key(name, method=method) for method in methods]
    encrypted = [layout.wal_key(name, method=method, is_encrypted=True) for method in methods]
    assert keys == (*in_clear, *encrypted)
    assert [layout.method_of(key) for key in keys] == methods * 2
    assert [layout.is_encrypted(key) for key in keys] == [False] * len(methods) + [True] * len(methods)
    assert {layout.logical_name(key.rpartition("/")[2]) for key in keys} == {name}


@pytest.mark.parametrize("name", ["backup.json", "000000010000000000000003", "00000002.history.crc32"])
def test_temporary_names_of_a_file_are_known_by_their_form(name: str) -> None:
    temporary = layout.temporary_name(name, token="0123456789abcdef")
    assert layout.is_temporary(temporary)
    assert layout.is_temporary(layout.turn_name(name))
    assert layout.is_temporary_of(temporary, name)
    assert not layout.is_temporary_of(temporary, "other")
    assert not layout.is_temporary_of(layout.turn_name(name), name)


@pytest.mark.parametrize("name", ["backup.json", ".lock", ".tmp-20261101T000000Z-full", "verify.json.4711.tmp"])
def test_other_names_are_no_temporary_files(name: str) -> None:
    assert not layout.is_temporary(name)


@pytest.mark.parametrize(
    ("name", "is_old"),
    [("verify.json.4711.tmp", True), ("4711.tmp", False), (".verify.json.tmp", False), ("backup_manifest.tmp", False)],
)
def test_small_files_of_earlier_releases(name: str, is_old: bool) -> None:
    assert layout.is_old_temporary(name) is is_old
