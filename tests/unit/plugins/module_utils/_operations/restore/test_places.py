# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.placement import Placement
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.swap_pair import entry_pair
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.places import own_places


@pytest.mark.parametrize("is_lost", [True, False])
def test_directory_of_ones_own_stays_as_it_is(tmp_path: Path, is_lost: bool) -> None:
    before = os.stat(tmp_path)
    directory = str(tmp_path)
    pairs = (entry_pair(f"{tmp_path}/missing"), entry_pair(directory))
    own_places(Placement(directory, 5432, f"{directory}/new", {}, {}, pairs=pairs, is_lost=is_lost))
    assert os.stat(tmp_path) == before
