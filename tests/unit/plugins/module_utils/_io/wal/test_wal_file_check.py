# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a file is the WAL file that its name says."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput, PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.wal_file_check import check_content, checked_kind
from registered_cluster import SYSTEM_IDENTIFIER

DOCUMENT = {"system_identifiers": [SYSTEM_IDENTIFIER], "segment_size_bytes": 1 << 20}
THREE = "000000010000000000000003"


def check(path: Path, name: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        check_content(descriptor, name=name, document=DOCUMENT)
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("name", ["postgresql.conf", "", THREE[:-1], f"{THREE}.gz"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked_kind(name)
    assert caught.value.code == "invalid-wal-name"


@pytest.mark.parametrize("name", [THREE, f"{THREE}.partial"])
def test_a_segment_is_accepted_under_its_names(make_segment: Callable[..., Path], name: str) -> None:
    check(make_segment(3), name)


@pytest.mark.parametrize(
    ("made", "name", "code"),
    [
        pytest.param({"number": 3}, THREE.replace("3", "4"), "segment-damaged", id="another segment"),
        pytest.param({"number": 3, "timeline": 2}, THREE, "segment-damaged", id="of a later timeline"),
        pytest.param({"number": 3, "system": "4711"}, THREE, "segment-foreign", id="of another cluster"),
        pytest.param({"number": 3, "system": "4711"}, f"{THREE}.partial", "segment-foreign", id="a partial one"),
    ],
)
def test_another_content_is_refused(
    make_segment: Callable[..., Path], made: dict[str, object], name: str, code: str
) -> None:
    with pytest.raises(PitrError) as caught:
        check(make_segment(**made), name)
    assert caught.value.code == code


@pytest.mark.parametrize("name", ["00000002.history", f"{THREE}.00000028.backup"])
def test_histories_carry_no_identity(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("anything")
    check(tmp_path / name, name)
