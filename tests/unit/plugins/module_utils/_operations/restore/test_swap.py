# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directories trade places on a real file system, and back."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import RestoreJournal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.swap_pair import (
    entry_pair,
    inner_pair,
    sibling_pair,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.swap import (
    existing_of,
    finish_swap,
    kept_directories,
    remove_generation,
    roll_back_swap,
    steps_back,
    with_entries,
    with_inodes,
)
from sample_plan import sample_journal


@pytest.fixture
def journal(tmp_path: Path) -> RestoreJournal:
    pairs = (inner_pair(str(tmp_path / "space"), "PG_15_1"), sibling_pair(str(tmp_path / "data")))
    for pair in pairs:
        for place, text in ((pair.live, "old"), (pair.new, "new")):
            os.makedirs(place)
            (Path(place) / "which").write_text(text, encoding="utf-8")
    return sample_journal(pairs=pairs)


def lies_at(journal: RestoreJournal) -> list[str]:
    return [(Path(pair.live) / "which").read_text(encoding="utf-8") for pair in journal.pairs]


def test_swap_and_rollback_can_be_repeated(journal: RestoreJournal) -> None:
    assert len(finish_swap(journal)) == 4
    assert (lies_at(journal), finish_swap(journal)) == (["new", "new"], ())
    assert kept_directories(journal.pairs) == tuple(pair.old for pair in journal.pairs)

    assert len(roll_back_swap(journal)) == 4
    assert (lies_at(journal), roll_back_swap(journal)) == (["old", "old"], ())
    assert kept_directories(journal.pairs) == tuple(pair.rolled_back for pair in journal.pairs)

    remove_generation(journal.pairs)
    assert existing_of(journal.pairs) == frozenset(pair.live for pair in journal.pairs)


def test_directories_that_were_exchanged_by_hand_are_noticed(journal: RestoreJournal) -> None:
    journal = replace(journal, pairs=with_inodes(journal.pairs))
    space, data = journal.pairs
    finish_swap(journal)
    shutil.copytree(data.old, f"{data.old}.copy")
    os.rename(data.old, f"{data.old}.before")
    os.rename(f"{data.old}.copy", data.old)
    before = existing_of(journal.pairs)
    with pytest.raises(Failed, match="is not the directory that the restore of"):
        roll_back_swap(journal)
    assert existing_of(journal.pairs) == before

    shutil.rmtree(data.old)
    with pytest.raises(Failed, match="is gone: it was kept as"):
        steps_back(journal)
    os.rename(f"{data.old}.before", data.old)
    # A tablespace that was made again since is set aside as it is.
    shutil.rmtree(space.live)
    os.mkdir(space.live)
    roll_back_swap(journal)
    assert lies_at(journal) == ["old", "old"]


def test_nothing_is_renamed_where_a_directory_is_not_as_expected(journal: RestoreJournal) -> None:
    data = journal.pairs[-1]
    os.mkdir(data.old)
    before = existing_of(journal.pairs)
    with pytest.raises(Failed) as caught:
        finish_swap(journal)
    assert caught.value.code == "swap-inconsistent"
    assert existing_of(journal.pairs) == before


def test_entries_of_a_directory_that_stays_trade_places_and_come_back(tmp_path: Path) -> None:
    pair = entry_pair(str(tmp_path / "data"))
    for place, names in ((pair.live, ("global", "log", "lost+found")), (pair.new, ("backup_label", "global"))):
        for name in names:
            os.makedirs(f"{place}/{name}")
    journal = sample_journal(pairs=with_entries(with_inodes((pair,))))
    live = Path(pair.live)
    kept = live / "global"
    inode = kept.stat().st_ino

    finish_swap(journal)
    hidden = os.path.basename(pair.old)
    assert sorted(os.listdir(live)) == sorted(["backup_label", "global", "lost+found", hidden])
    assert (finish_swap(journal), kept_directories(journal.pairs)) == ((), (pair.old,))

    roll_back_swap(journal)
    assert sorted(os.listdir(live)) == sorted(["global", "log", "lost+found", os.path.basename(pair.rolled_back)])
    assert kept.stat().st_ino == inode
    remove_generation(journal.pairs)
    assert kept_directories(journal.pairs) == ()


def test_file_system_that_is_not_mounted_is_noticed(tmp_path: Path) -> None:
    pair = entry_pair(str(tmp_path / "data"))
    os.makedirs(f"{pair.new}/global")
    journal = sample_journal(pairs=with_entries(with_inodes((pair,))))
    os.rename(pair.live, tmp_path / "elsewhere")
    for _there in range(2):
        with pytest.raises(Failed, match="is not the directory that it was"):
            steps_back(journal)
        os.makedirs(pair.live, exist_ok=True)


def test_empty_file_system_takes_over_the_mode_that_a_server_needs(tmp_path: Path) -> None:
    pair = entry_pair(str(tmp_path / "data"), had_live=False)
    os.makedirs(pair.new)
    os.chmod(pair.live, 0o755)
    os.chmod(pair.new, 0o750)
    finish_swap(sample_journal(pairs=with_entries(with_inodes((pair,)))))
    assert os.stat(pair.live).st_mode & 0o777 == 0o750
