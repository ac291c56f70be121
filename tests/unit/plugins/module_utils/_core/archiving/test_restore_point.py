# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.restore_point import RestorePointRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput


@pytest.mark.parametrize("name", ["before_release_7", "a" * 63, "ä" * 31, "with blanks, and 'quotes'"])
def test_name_that_postgresql_takes(name: str) -> None:
    RestorePointRequest(name).check()


@pytest.mark.parametrize("name", ["", "a" * 64, "ä" * 32, "two\nlines"])
def test_name_that_postgresql_would_cut_or_not_take(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        RestorePointRequest(name).check()
    assert caught.value.code == "restore-point-name-invalid"
