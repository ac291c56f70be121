# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose index it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.repository import Repository
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.target.index_state import can_keep_index


def test_it_is_kept_by_the_owner_of_the_wal_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Repository(str(tmp_path)).cluster("db1")
    assert not can_keep_index(folder), "there is no WAL"
    (tmp_path / "db1" / "wal").mkdir(parents=True)
    assert can_keep_index(folder)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert not can_keep_index(folder)
