# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a storage has room."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.room import check_room


def test_full_repository_is_told(tmp_path: Path) -> None:
    check_room(DirectoryStorage(str(tmp_path)), needed_bytes=1)
    with pytest.raises(PitrError) as caught:
        check_room(DirectoryStorage(str(tmp_path)), needed_bytes=1 << 62)
    assert caught.value.code == "repository-full"
