# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.paths import is_below, is_within


@pytest.mark.parametrize(
    ("path", "directory", "below", "within"),
    [
        ("/srv/pg/data", "/srv/pg", True, True),
        ("/srv/pg/data", "/srv/pg/", True, True),
        ("/srv/pg", "/srv/pg", False, True),
        ("/srv/pg2", "/srv/pg", False, False),
        ("/srv", "/srv/pg", False, False),
        ("/srv", "/", True, True),
    ],
)
def test_where_a_path_leads(path: str, directory: str, below: bool, within: bool) -> None:
    assert (is_below(path, directory), is_within(path, directory)) == (below, within)
