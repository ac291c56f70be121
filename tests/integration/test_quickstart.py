# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quickstart tells its story to the end, twice in a row, and leaves nothing when it is told to go."""

from __future__ import annotations

import subprocess
import sys

import pytest
from support.places import CHECKOUT, collections_path


@pytest.mark.versions(18)
def test_quickstart_brings_the_dropped_table_back_twice_in_a_row(postgres, workbench):
    place = workbench.directory / "quickstart"
    argv = [sys.executable, str(CHECKOUT / "quickstart" / "run"), "--directory", str(place)]
    argv += ["--build-directory", str(collections_path().parent), "--pg-bin", str(postgres.bin_directory)]

    for _time in ("first", "second"):
        done = subprocess.run(argv, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        assert "Every row is back." in done.stdout
    assert (place / "data" / "postmaster.pid").exists()

    gone = subprocess.run([*argv, "--clean"], capture_output=True, text=True, check=False)
    assert gone.returncode == 0, f"{gone.stdout}\n{gone.stderr}"
    assert not (place / "data").exists()
