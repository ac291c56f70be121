# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.layout import wal_key
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.quarantine import (
    quarantine_key,
    quarantined_key,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.stored_key import is_key


@pytest.mark.parametrize("key", ["cluster.json", "backups/20261122T150000Z-full/base.tar.zst.age", wal_key("0" * 24)])
def test_key_and_its_quarantine_are_a_pair(key: str) -> None:
    aside = quarantine_key(key, token="20261129T131500Z")
    assert is_key(aside) and quarantined_key(aside) == key
