# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from age_key import age_key
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.kept_identity import KeptIdentity
from kept_place import MEMORY, content_of, number_of, recovered_directory


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield from recovered_directory(tmp_path)


def test_a_recovery_finds_the_identity_of_its_directory_whatever_that_is_called(directory: Path) -> None:
    identity, _recipient = age_key()
    identity.keep_for(str(directory))
    (place,) = MEMORY.glob(f"{number_of(directory)}*")
    (kept,) = place.iterdir()
    assert (kept.stat().st_mode & 0o777, place.stat().st_mode & 0o777) == (0o600, 0o700)
    renamed = directory.rename(directory.parent / "data")
    found = KeptIdentity(str(renamed))
    assert found.is_there() and content_of(found) == content_of(identity) != b""
    assert found.drop() and not found.drop() and not found.is_there() and not place.exists()


def test_another_directory_has_none(directory: Path, tmp_path: Path) -> None:
    age_key()[0].keep_for(str(directory))
    with pytest.raises(Unavailable) as caught:
        KeptIdentity(str(tmp_path)).descriptor()
    assert caught.value.code == "identity-missing" and str(tmp_path) in caught.value.message


def test_its_name_cannot_be_foreseen(directory: Path) -> None:
    names = set()
    for _attempt in range(2):
        age_key()[0].keep_for(str(directory))
        names |= {path.name for path in MEMORY.glob(f"{number_of(directory)}*")}
    assert len(names) == 2


def test_what_a_killed_run_has_begun_is_none_and_goes_with_the_others(directory: Path) -> None:
    for name in ("killed0", "killed1"):
        (MEMORY / f"{number_of(directory)}{name}").mkdir(0o700)
    (MEMORY / f"{number_of(directory)}killed1" / "begun").touch()
    assert not KeptIdentity(str(directory)).is_there()
    identity, _recipient = age_key()
    identity.keep_for(str(directory))
    assert content_of(KeptIdentity(str(directory))) == content_of(identity)
    assert len(list(MEMORY.glob(f"{number_of(directory)}*"))) == 1


def test_links_and_files_of_its_name_are_none(directory: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "identity").write_text("AGE-SECRET-KEY-1", encoding="utf-8")
    link, file = (MEMORY / f"{number_of(directory)}{name}" for name in ("link", "file"))
    link.symlink_to(tmp_path / "elsewhere")
    file.touch()
    try:
        kept = KeptIdentity(str(directory))
        assert not kept.is_there() and not kept.drop()
        with pytest.raises(Unavailable):
            kept.descriptor()
    finally:
        link.unlink()
        file.unlink()
