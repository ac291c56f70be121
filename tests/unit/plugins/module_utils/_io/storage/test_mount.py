# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage import mount
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.mount import check_mounted


@pytest.mark.parametrize("mount_point", [None, "", "/", "/proc"])
def test_mounted_or_not_wanted(mount_point: str | None) -> None:
    check_mounted(mount_point)


def test_plain_or_missing_directory_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(Unavailable) as caught:
            check_mounted(str(path))
        assert caught.value.code == "repository-not-mounted"
        assert str(path) in caught.value.message


def test_directory_mounted_from_the_same_file_system_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "a place"
    place.mkdir()
    escaped = str(place).replace(" ", "\\040")
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"42 27 254:0 /srv/pitr {escaped} rw,relatime - ext4 /dev/vda rw\n")
    monkeypatch.setattr(mount, "_MOUNTS", str(mounts))
    check_mounted(str(place))
    with pytest.raises(Unavailable):
        check_mounted(str(tmp_path))
    mounts.unlink()
    with pytest.raises(Unavailable):
        check_mounted(str(place))
