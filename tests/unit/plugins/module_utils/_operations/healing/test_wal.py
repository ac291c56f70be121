# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that dies in the middle of healing a segment."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Missing
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.several_folders import NamedFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.healing.wal import PROOF, WalHealing
from dying_storage import Died, DyingStorage
from healing import Twins, quarantined, stored_in
from verify_repository import damage, segment_file, wrong

NAME = "000000010000000000000005"


def healing(twins: Twins, scratch: Path, *, token: str = "1") -> WalHealing:
    (scratch / PROOF).mkdir(parents=True, exist_ok=True)
    return WalHealing(twins.far, [NamedFolder("near", twins.near)], str(scratch), token)


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_damaged_bytes_or_good_ones_are_there_whenever_it_dies(compression: str, tmp_path: Path) -> None:
    twins = Twins(tmp_path, compression=compression)
    before = stored_in(twins.far)
    file = segment_file(twins.far, 5)
    key, storage = str(file.relative_to(twins.far.path)), twins.far.storage
    damage(file)
    damaged = file.read_bytes()
    died = 0
    for left in range(20):
        twins.far.storage = DyingStorage(twins.far.path, left=left)
        try:
            healing(twins, tmp_path / "scratch", token=str(left)).heal(NAME)
            break
        except Died:
            died += 1
        there = stored_in(twins.far).get(key)
        assert there in (damaged, before[key]) or damaged in quarantined(twins.far).values()
        assert there in (None, damaged, before[key])
    twins.far.storage = storage
    # Before each of: aside, away, the good one; with a checksum beside it also before that is aside.
    assert died == (3 if compression == "gzip" else 4)
    assert stored_in(twins.far) == before and wrong(twins.verified()) == []
    assert damaged in quarantined(twins.far).values()


def test_what_lies_beside_a_missing_segment_is_not_in_the_way(tmp_path: Path) -> None:
    twins = Twins(tmp_path, compression="none")
    before = stored_in(twins.far)
    file = segment_file(twins.far, 5)
    file.with_name(f"{file.name}.crc32").write_text("of another one")
    file.unlink()
    assert healing(twins, tmp_path / "scratch").heal(NAME) == "near"
    assert stored_in(twins.far) == before
    assert [*quarantined(twins.far).values()] == [b"of another one"]


def test_what_nobody_has_is_told(tmp_path: Path) -> None:
    twins = Twins(tmp_path)
    for folder in (twins.near, twins.far):
        segment_file(folder, 5).unlink()
    with pytest.raises(Missing) as caught:
        healing(twins, tmp_path / "scratch").heal(NAME)
    assert caught.value.code == "heal-source-missing"
