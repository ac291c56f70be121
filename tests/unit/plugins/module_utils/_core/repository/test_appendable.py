# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a database host may add to a repository on another host."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.appendable import is_appendable


@pytest.mark.parametrize(
    "key",
    [
        "cluster.json",
        "wal/00000001/00000000/000000010000000000000003.zst",
        "wal/00000002/00000002.history",
        "wal/00000002/00000002.history.crc32",
        "backups/20261101T030000Z-full/base.tar.zst",
        "backups/20261101T030000Z-full/backup.json",
        "backups/20261101T030000Z-full/pinned.json",
    ],
)
def test_wal_backups_and_who_the_cluster_is(key: str) -> None:
    assert is_appendable(key)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "verify.json",
        "expired_wal.json",
        "wal_facts/00000001/00000000.json",
        "backups/.lock",
        "backups/loose",
        "backups/label/folder/file",
        "backups/label/.hidden",
        ".lock",
        "wal/00000001",
        "wal/00000001/00000000/name/more",
        "wal/.x/y/z",
        "other/00000001/00000000/000000010000000000000003",
    ],
)
def test_nothing_that_others_decide_by(key: str) -> None:
    assert not is_appendable(key)
