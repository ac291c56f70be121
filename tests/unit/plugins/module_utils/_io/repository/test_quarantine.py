# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged bytes are kept until the good copy is there, and no longer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Changed
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.layout import record_key
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.quarantine import (
    find_replaced,
    keep_aside,
    set_aside,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.stale import find_stale, remove_stale
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from in_a_loop import in_a_loop

KEY = "wal/00000001/00000000/000000010000000000000005.gz"
TOKEN = "20261129T131500Z"
ASIDE = f"quarantine/{KEY}.{TOKEN}"
PART = "backups/20261122T150000Z-full/base.tar.gz"


@pytest.fixture
def storage(tmp_path: Path) -> DirectoryStorage:
    """With a damaged segment."""
    storage = DirectoryStorage(str(tmp_path))
    storage.put(KEY, [b"damaged"])
    return storage


def version(storage: DirectoryStorage, key: str) -> str:
    found = storage.stat(key)
    assert found is not None
    return found[2]


def test_damaged_bytes_move_aside(storage: DirectoryStorage) -> None:
    set_aside(storage, KEY, version=version(storage, KEY), token=TOKEN)
    assert storage.stat(KEY) is None and storage.read_all(ASIDE) == b"damaged"


def test_what_was_replaced_meanwhile_stays(storage: DirectoryStorage) -> None:
    with pytest.raises(Changed):
        set_aside(storage, KEY, version="another", token=TOKEN)
    assert storage.read_all(KEY) == b"damaged"


def test_they_stay_until_the_good_copy_is_there(storage: DirectoryStorage) -> None:
    set_aside(storage, KEY, version=version(storage, KEY), token=TOKEN)
    storage.put("wal/00000001/00000000/000000010000000000000006.gz", [b"the next one"])
    assert find_replaced(storage) == ()
    # Compressed otherwise it is the same segment.
    storage.put(KEY.replace(".gz", ".zst"), [b"good"])
    assert find_replaced(storage) == (ASIDE,)


def test_they_go_where_retention_has_removed_what_they_were(storage: DirectoryStorage) -> None:
    set_aside(storage, KEY, version=version(storage, KEY), token=TOKEN)
    assert find_replaced(storage) == (ASIDE,)


def test_part_of_a_backup_stays_as_long_as_the_backup_lacks_it(storage: DirectoryStorage) -> None:
    label = PART.split("/")[1]
    storage.put(PART, [b"damaged"])
    storage.put(record_key(label), [b"{}"])
    set_aside(storage, PART, version=version(storage, PART), token=TOKEN)
    assert find_replaced(storage) == ()
    storage.put(PART, [b"good"])
    assert find_replaced(storage) == (f"quarantine/{PART}.{TOKEN}",)
    storage.delete([PART, record_key(label)])
    assert find_replaced(storage) == (f"quarantine/{PART}.{TOKEN}",)


def test_retention_removes_them_and_their_folders(storage: DirectoryStorage, tmp_path: Path) -> None:
    keep_aside(storage, KEY, token=TOKEN)
    pieces = find_stale(storage, with_wal=True)
    assert [piece.key for piece in pieces] == [ASIDE] and find_stale(storage) == ()
    assert remove_stale(storage, pieces) == ()
    assert not (tmp_path / "quarantine").exists() and storage.read_all(KEY) == b"damaged"


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("quarantine", "."),
        ("quarantine", "elsewhere"),
        ("quarantine/wal", "../wal"),
        ("quarantine/wal", "../elsewhere/wal"),
        ("quarantine/wal/00000001", "../../wal/00000001"),
        ("quarantine/backups", "/proc/self/cwd"),
    ],
)
def test_links_that_others_planted_lead_retention_nowhere(
    storage: DirectoryStorage, tmp_path: Path, link: str, target: str
) -> None:
    """Else the archive itself, or another one of the same account, would be taken for what was replaced."""
    storage.put(f"elsewhere/{KEY}", [b"other"])
    storage.put(f"elsewhere/{KEY}.{TOKEN}", [b"other"])
    (tmp_path / link).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / link).symlink_to(target)
    before = contents(tmp_path)
    assert remove_stale(storage, find_stale(storage, with_wal=True)) == ()
    assert contents(tmp_path) == before


def test_links_in_a_circle_are_names(storage: DirectoryStorage, tmp_path: Path) -> None:
    (tmp_path / "quarantine").mkdir()
    for name in ("a", "b"):
        (tmp_path / "quarantine" / name).symlink_to(".")
    assert sorted(storage.list("quarantine", delimiter="")) == ["a", "b"]
    assert find_replaced(storage) == ()


def test_only_names_that_were_made_here_are_removed(storage: DirectoryStorage) -> None:
    for name in (KEY, f"{KEY}.1", f"{KEY}.{TOKEN}\n", "line\nbreak"):
        storage.put(f"quarantine/{name}", [b"x"])
    assert find_replaced(storage) == ()


def test_what_a_link_leads_to_is_not_read_out(storage: DirectoryStorage, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / KEY).unlink()
    (tmp_path / KEY).symlink_to(tmp_path / "secret")
    set_aside(storage, KEY, version=version(storage, KEY), token=TOKEN)
    assert storage.read_all(ASIDE) is None and not (tmp_path / KEY).is_symlink()
    assert (tmp_path / "secret").read_bytes() == b"secret"


def test_link_that_is_exchanged_in_a_loop_is_not_read_out_either(storage: DirectoryStorage, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    number = kept = 0
    with exchanged(tmp_path / KEY, with_link_to=tmp_path / "secret"):
        # On a busy machine many attempts in a row may find the same.
        while number < 400 or not 0 < kept < number:
            number += 1
            token = f"20261129T{number:06}Z"
            try:
                keep_aside(storage, KEY, token=token)
            except FileNotFoundError:
                continue
            found = storage.read_all(f"quarantine/{KEY}.{token}")
            assert found in (None, b"damaged")
            kept += found is not None


@contextmanager
def exchanged(path: Path, *, with_link_to: Path) -> Iterator[None]:
    """The file and a link take each other's place until the end."""
    file, link = path.with_name("file"), path.with_name("link")
    path.rename(file)

    def exchange() -> None:
        os.link(file, path.with_name("next"))
        path.with_name("next").replace(path)
        link.symlink_to(with_link_to)
        link.replace(path)

    path.symlink_to(with_link_to)
    with in_a_loop(exchange):
        yield


def contents(directory: Path) -> dict[str, str]:
    """Each name with what it is."""
    found = sorted(directory.rglob("*"))
    return {str(path): os.readlink(path) if path.is_symlink() else str(path.lstat().st_mode) for path in found}
