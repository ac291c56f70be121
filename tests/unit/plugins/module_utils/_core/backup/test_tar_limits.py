# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.manifest import ManifestFile
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.tar_header import TarHeader
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.tar_limits import TarLimits
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged

EXPECTED = {"PG_VERSION": ManifestFile(3), "backup_label": ManifestFile(200)}


def file(name: str, size_bytes: int) -> TarHeader:
    return TarHeader(name, size_bytes, is_file=True)


def refused(limits: TarLimits, header: TarHeader | None, *, is_again: bool = False) -> bool:
    try:
        limits.check(header, name=header.name if header else "", is_again=is_again)
    except Damaged as error:
        assert error.code == "archive-damaged"
        return True
    return False


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param(file("PG_VERSION", 3), False, id="as it was backed up"),
        pytest.param(file("PG_VERSION", 2), False, id="shorter, which the comparison tells"),
        pytest.param(file("PG_VERSION", 4), True, id="longer"),
        pytest.param(file("PG_VERSION", 1 << 60), True, id="a bomb"),
        pytest.param(file("PG_VERSION2", 0), True, id="not in the manifest"),
        pytest.param(TarHeader("base", 0, is_file=False, is_directory=True), False, id="a directory"),
    ],
)
def test_members_before_they_take_room(header: TarHeader, *, expected: bool) -> None:
    assert refused(TarLimits(EXPECTED), header) is expected


def test_a_file_comes_once() -> None:
    limits = TarLimits(EXPECTED)
    assert not refused(limits, file("PG_VERSION", 3))
    assert refused(limits, file("PG_VERSION", 3), is_again=True)


def test_directories_are_not_without_number() -> None:
    limits, directory = TarLimits(EXPECTED), TarHeader("d", 0, is_file=False, is_directory=True)
    assert [refused(limits, directory) for _each in range(10_003)].index(True) == 10_002


def test_behind_the_end_there_is_nothing_but_a_little_more_of_it() -> None:
    limits = TarLimits()
    assert not any(refused(limits, None) for _each in range(128))
    assert refused(limits, None)
    assert refused(limits, file("PG_VERSION", 3))


def test_what_is_kept_in_memory_is_small() -> None:
    assert not refused(TarLimits(), file("backup_label", 1 << 20))
    assert refused(TarLimits(), file("backup_label", (1 << 20) + 1))


def test_where_nothing_is_written_some_others_are_read() -> None:
    limits = TarLimits(EXPECTED, others_bytes=2048)
    assert not refused(limits, file("other", 1024))
    assert refused(limits, file("another", 1))
