# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quickstarts tell their stories to the end, and leave nothing when they are told to go."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.installation import Installation
from support.places import CHECKOUT, collections_path
from support.workbench import Workbench

pytestmark = pytest.mark.timeout(900)

WIDTH = 100


def command(postgres: Installation, place: Path, *options: str) -> list[str]:
    """What make calls, with a place of its own."""
    argv = [sys.executable, str(CHECKOUT / "quickstart" / "run"), "--directory", str(place), *options]
    return [*argv, "--build-directory", str(collections_path().parent), "--pg-bin", str(postgres.bin_directory)]


def told(argv: list[str]) -> str:
    """What was printed until the good end."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.versions(18)
def test_quickstart_brings_the_dropped_table_back_twice_in_a_row(postgres: Installation, workbench: Workbench) -> None:
    place = workbench.directory / "quickstart"
    argv = command(postgres, place)

    for _time in ("first", "second"):
        assert "Every row is back." in told(argv)
    assert (place / "data" / "postmaster.pid").exists()

    told([*argv, "--clean"])
    assert not (place / "data").exists()


@pytest.mark.versions(18)
def test_quickstart_brings_a_lost_host_back_from_the_bucket_alone(postgres: Installation, workbench: Workbench) -> None:
    place = workbench.directory / "quickstart-s3"
    argv = command(postgres, place, "--story", "quickstart-s3", "--brief")

    text = told(argv)
    words = " ".join(text.split())
    assert "Every row is back." in words and "may not write as 'shop'" in words and "encrypted with age" in words
    story = text.partition("The cluster is yours to play with")[0]
    # How far a long recovery has come is told by Ansible itself, for each host.
    told_by_us = [line for line in story.splitlines() if not line.startswith("[db2] ")]
    assert [line for line in told_by_us if len(line) > WIDTH] == []
    secrets = [(place / "safe" / "age.key").read_text().splitlines()[-1], "SKpitr-is-no-secret"]
    assert [secret for secret in secrets if secret in text] == []

    server = int((place / "object-storage" / "process").read_text())
    told([*argv, "--clean"])
    # Nobody may have waited for it yet.
    left = Path(f"/proc/{server}/cmdline")
    assert not (left.exists() and left.read_bytes()) and not (place / "db2").exists()
