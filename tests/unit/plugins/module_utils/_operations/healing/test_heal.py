# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that a verification may find in one of two repositories, and what is left of it afterwards."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.healing.heal import heal
from healing import Twins, quarantined, stored_in
from verify_repository import FULL, MOMENT, NEXT, damage, segment_file, wrong

TOKEN = "20261122T150000Z"
SEGMENT = "wal/00000001/00000000/000000010000000000000005"


def backups(twins: Twins) -> Path:
    return Path(twins.far.backups_directory)


DAMAGE: dict[str, tuple[Callable[[Twins], Any], list[str]]] = {
    "a segment": (lambda twins: damage(segment_file(twins.far, 5)), [f"{SEGMENT}.gz"]),
    "a segment cut off": (lambda twins: os.truncate(segment_file(twins.far, 5), 100), [f"{SEGMENT}.gz"]),
    "a missing segment": (lambda twins: segment_file(twins.far, 5).unlink(), []),
    "two missing segments": (lambda twins: [segment_file(twins.far, each).unlink() for each in (5, 6)], []),
    "an archive": (
        lambda twins: damage(backups(twins) / FULL / "base.tar.gz", at=4000),
        [f"backups/{FULL}/base.tar.gz"],
    ),
    "an archive cut off": (
        lambda twins: os.truncate(backups(twins) / NEXT / "16400.tar.gz", 500),
        [f"backups/{NEXT}/16400.tar.gz"],
    ),
    "a missing archive": (lambda twins: (backups(twins) / NEXT / "base.tar.gz").unlink(), []),
    "a manifest": (
        lambda twins: damage(backups(twins) / NEXT / "backup_manifest", at=50),
        [f"backups/{NEXT}/backup_manifest"],
    ),
    "a manifest and an archive": (
        lambda twins: [damage(backups(twins) / FULL / name, at=50) for name in ("backup_manifest", "base.tar.gz")],
        [f"backups/{FULL}/backup_manifest", f"backups/{FULL}/base.tar.gz"],
    ),
    "a record": (
        lambda twins: (backups(twins) / FULL / "backup.json").write_text("{"),
        [f"backups/{FULL}/backup.json"],
    ),
}


@pytest.mark.parametrize(("act", "aside"), DAMAGE.values(), ids=DAMAGE.keys())
def test_what_is_damaged_or_missing_comes_from_the_other(
    act: Callable[[Twins], Any], aside: list[str], tmp_path: Path
) -> None:
    twins = Twins(tmp_path)
    before = stored_in(twins.far)
    assert twins.verified().findings == ()
    act(twins)
    damaged = stored_in(twins.far)
    outcome = twins.healed()
    assert outcome.healed and outcome.problems == []
    assert stored_in(twins.far) == before and stored_in(twins.near) == before
    assert quarantined(twins.far) == {f"{key}.{TOKEN}": damaged[key] for key in aside}
    assert wrong(twins.verified()) == []


def test_checksum_beside_a_segment_goes_with_it(tmp_path: Path) -> None:
    twins = Twins(tmp_path, compression="none")
    before = stored_in(twins.far)
    damage(segment_file(twins.far, 5))
    assert len(twins.healed().healed) == 1 and stored_in(twins.far) == before
    assert {*quarantined(twins.far)} == {f"{SEGMENT}.{TOKEN}", f"{SEGMENT}.crc32.{TOKEN}"}


def test_segment_that_is_compressed_otherwise_takes_its_place(tmp_path: Path) -> None:
    twins = Twins(tmp_path)
    segment_file(twins.near, 5).unlink()
    twins.store(twins.near, 5, compression="none")
    damage(segment_file(twins.far, 5))
    assert len(twins.healed().healed) == 1
    assert segment_file(twins.far, 5).name == SEGMENT.rpartition("/")[2] and wrong(twins.verified()) == []


def test_what_is_damaged_in_both_stays_as_it_is(tmp_path: Path) -> None:
    twins = Twins(tmp_path)
    for folder in (twins.near, twins.far):
        damage(segment_file(folder, 5))
        damage(Path(folder.backups_directory) / FULL / "base.tar.gz", at=4000)
    before = stored_in(twins.far)
    outcome = twins.healed()
    assert outcome.healed == [] and stored_in(twins.far) == before and quarantined(twins.far) == {}
    assert len(outcome.problems) == 2 and all(
        "was not healed: no other repository has" in one for one in outcome.problems
    )


def test_what_was_replaced_since_is_left_alone(tmp_path: Path) -> None:
    twins = Twins(tmp_path)
    before = stored_in(twins.far)
    file = segment_file(twins.far, 5)
    whole = file.read_bytes()
    damage(file)
    findings = twins.verified().findings
    file.write_bytes(whole)
    outcome = heal(findings, target=twins.far, others=twins.others, now=MOMENT)
    assert outcome.healed == [] and "is whole by now" in outcome.problems[0]
    assert stored_in(twins.far) == before and quarantined(twins.far) == {}


def test_another_servers_wal_is_not_taken(tmp_path: Path) -> None:
    twins = Twins(tmp_path)
    for number in (4, 5):
        segment_file(twins.near, number).unlink()
    twins.store(twins.near, 4, 5, body=b"another server's")
    damage(segment_file(twins.far, 5))
    outcome = twins.healed()
    assert outcome.healed == [] and "two servers have archived there" in outcome.problems[0]


def test_another_backup_of_the_same_label_is_not_taken(tmp_path: Path) -> None:
    twins = Twins(tmp_path)
    record = Path(twins.near.backups_directory) / FULL / "backup.json"
    record.write_text(record.read_text().replace("gzip", "zstd", 1))
    damage(backups(twins) / FULL / "base.tar.gz", at=4000)
    outcome = twins.healed()
    assert outcome.healed == [] and "has another backup of this label" in outcome.problems[0]


def test_source_that_is_away_is_told(tmp_path: Path) -> None:
    twins = Twins(tmp_path)
    damage(segment_file(twins.far, 5))
    Path(twins.near.path).rename(tmp_path / "away")
    outcome = twins.healed()
    assert outcome.healed == []
    assert outcome.problems[0].startswith("nothing could be taken from the repository 'near': ")


def test_wal_of_a_history_that_parts_in_the_hole_is_not_taken(tmp_path: Path) -> None:
    twins = Twins(tmp_path)
    for number in range(5, 9):
        segment_file(twins.near, number).unlink()
    twins.store(twins.near, *range(5, 9), body=b"another server's")
    segment_file(twins.far, 5).unlink()
    before = stored_in(twins.far)
    outcome = twins.healed()
    assert outcome.healed == [] and stored_in(twins.far) == before
    assert outcome.problems[0].startswith("no WAL is taken from the repository 'near': ")
    assert "two servers have archived there" in outcome.problems[0]


@pytest.mark.parametrize("has_segments", [False, True])
def test_history_comes_from_the_other(has_segments: bool, tmp_path: Path) -> None:
    twins = Twins(tmp_path)
    source = twins.wal / "00000002.history"
    source.write_text("1\t0/900000\tno recovery target specified\n")
    for folder in (twins.near, twins.far):
        folder.store_wal(str(source), data_directory=str(twins.data))
        if has_segments:
            folder.store_wal(str(twins.segment(9, timeline=2)), data_directory=str(twins.data), compression="gzip")
    path = Path(twins.far.path) / "wal" / "00000002" / "00000002.history"
    whole = path.read_bytes()
    path.write_bytes(b"1 what\n")
    assert [each.subject for each in twins.healed().healed] == ["00000002.history"]
    assert path.read_bytes() == whole and wrong(twins.verified()) == []
