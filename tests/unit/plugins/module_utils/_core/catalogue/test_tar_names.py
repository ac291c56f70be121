# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files are in which tar file of a backup."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.tar_names import is_in_tar, path_prefix


@pytest.mark.parametrize(
    ("path", "stem", "expected"),
    [
        pytest.param("PG_VERSION", "base", True, id="of the data directory"),
        pytest.param("pg_tblspc/16385/PG_15/5/1", "base", False, id="of a tablespace, in the data directory"),
        pytest.param("pg_tblspc/16385/PG_15/5/1", "16385", True, id="of the tablespace"),
        pytest.param("pg_tblspc/16385/PG_15/5/1", "1638", False, id="of a tablespace with a longer oid"),
        pytest.param("PG_VERSION", "16385", False, id="of the data directory, in a tablespace"),
    ],
)
def test_files_of_a_tar_file(path: str, stem: str, *, expected: bool) -> None:
    assert is_in_tar(path, stem=stem) is expected
    assert path.startswith(path_prefix(stem)) or not expected
