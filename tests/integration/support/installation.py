# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The PostgreSQL versions that the tests run against, and where their programs are."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from support.places import build_folder

VERSIONS = (15, 16, 18)


@dataclass(frozen=True)
class Installation:
    """One PostgreSQL version's programs."""

    version: int
    bin_directory: Path

    def program(self, name: str) -> Path:
        """The path of one of its programs."""
        return self.bin_directory / name

    def __str__(self) -> str:
        return f"PostgreSQL {self.version}"


def find(version: int) -> Installation | None:
    """The installation of a major version: `PG_BIN_<version>`, Debian's, or the embedded one of the build folder."""
    given = os.environ.get(f"PG_BIN_{version}", "")
    places = (
        [Path(given)]
        if given
        else [
            Path(f"/usr/lib/postgresql/{version}/bin"),
            build_folder() / "postgres" / str(version) / "bin",
        ]
    )
    for place in places:
        if _major_version(place) == version:
            return Installation(version=version, bin_directory=place)
    return None


def find_any() -> Installation:
    """The first version that is there."""
    found = next(filter(None, map(find, VERSIONS)), None)
    assert found is not None, "no PostgreSQL was found"
    return found


def explain_missing(version: int) -> str:
    """What to do about a version that is not there."""
    if version == 15:
        return "PostgreSQL 15 not found: install Debian's package postgresql-15, or set PG_BIN_15 to its bin directory"
    return f"PostgreSQL {version} not found: `make build` unpacks it, or set PG_BIN_{version} to its bin directory"


def must_be_complete() -> bool:
    """Whether a missing version is a failure: in CI, and where `make integration` could have installed it."""
    return os.environ.get("CI", "").lower() in ("true", "1") or (
        os.geteuid() == 0 and Path("/etc/debian_version").exists()
    )


def _major_version(bin_directory: Path) -> int | None:
    try:
        done = subprocess.run(
            [str(bin_directory / "postgres"), "--version"], capture_output=True, text=True, check=False, timeout=30
        )
    except OSError:
        return None
    found = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    return int(found.group(1)) if found and (bin_directory / "initdb").exists() else None
