# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.libraries import missing_libraries
from fake_runner import NoPrograms


@pytest.mark.parametrize("place", ["lib/postgresql", "lib"])
def test_library_is_looked_for_where_the_server_would(tmp_path: Path, place: str) -> None:
    package, other = tmp_path / place, tmp_path / "other"
    for directory in (package, other, tmp_path / "bin"):
        directory.mkdir(parents=True, exist_ok=True)
    for path in (package / "plpgsql.so", package / "auto_explain.so", other / "own.so"):
        path.touch()
    wanted = ["auto_explain", "own", "$libdir/auto_explain", "$libdir/plugins/own", f"{other}/own.so", "own", "gone"]

    missing = missing_libraries(
        wanted, bin_directory=str(tmp_path / "bin"), path=f"$libdir:{other}", runner=NoPrograms()
    )

    assert missing == ("$libdir/plugins/own", "gone")


def test_nothing_is_said_where_nobody_knows_where_to_look(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    assert missing_libraries(["x"], bin_directory=str(tmp_path / "bin"), path="$libdir", runner=NoPrograms()) == ()
