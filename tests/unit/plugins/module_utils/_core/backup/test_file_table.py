# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of files is a mapping, however many they are."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.file_table import FileTable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.manifest_check import ReadFile

FILES = {f"base/{number % 7}/{number}": ReadFile(number, f"{number:08x}") for number in range(1000)}


def table_of(files: dict[str, ReadFile]) -> FileTable[ReadFile]:
    table = FileTable(ReadFile)
    for path, file in files.items():
        assert table.add(path, file)
    return table


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({}, id="none"),
        pytest.param(FILES, id="more than it has slots for at first"),
        pytest.param({"": ReadFile(0, ""), "a": ReadFile(1 << 40, ""), "aa": ReadFile(1, "00")}, id="one in another"),
        pytest.param({"\udcff": ReadFile(1, "ff" * 64), "ä": ReadFile(2, "")}, id="not UTF-8"),
        pytest.param({"a": ReadFile(1, "00"), "b": ReadFile(2, "00ff00")}, id="checksums with zeros"),
    ],
)
def test_table_is_the_mapping(files: dict[str, ReadFile]) -> None:
    table = table_of(files)
    assert table == files
    assert list(table.rows()) == list(files.items())
    assert len(table) == len(files)
    assert [table.number_of(path) for path in files] == list(range(len(files)))


def test_what_is_not_there_is_not_found() -> None:
    table = table_of(FILES)
    assert "base/0" not in table and table.get("base/0/7000") is None
    assert 7 not in table
    with pytest.raises(KeyError, match="base/0/0x"):
        table["base/0/0x"]


def test_first_file_of_a_path_stays() -> None:
    table = table_of({"a": ReadFile(1, "01")})
    assert not table.add("a", ReadFile(2, "02"))
    assert table == {"a": ReadFile(1, "01")}


def test_part_of_a_table() -> None:
    assert table_of(FILES).only(lambda path: path.startswith("base/3/")) == {
        path: file for path, file in FILES.items() if path.startswith("base/3/")
    }
