# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a text may be the key of something stored."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.stored_key import check_key


@pytest.mark.parametrize("key", ["cluster.json", "wal/00000001/x", "backups/.lock", ".gate", "a/..b/c", "ü/x"])
def test_a_key_lies_inside(key: str) -> None:
    assert check_key(key) == key


@pytest.mark.parametrize("key", ["..", ".", "a/../b", "/a", "a//b", "a/", "a\nb", "a\0b", "a/...", "x" * 1025])
def test_anything_else_is_refused(key: str) -> None:
    for is_prefix in (True, False):
        with pytest.raises(InvalidInput) as caught:
            check_key(key, or_empty=is_prefix)
        assert caught.value.code == "invalid-key"


def test_only_a_prefix_may_be_empty() -> None:
    assert check_key("", or_empty=True) == ""
    with pytest.raises(InvalidInput):
        check_key("")
