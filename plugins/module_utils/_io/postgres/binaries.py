# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where PostgreSQL's programs of a version lie, and what that build can do."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from ..._core.errors import InvalidInput, Unavailable
from ..host.runner import Runner

# %d is the major version. Debian and Ubuntu, PGDG on RHEL, the distribution's own packages, a build from source.
_PLACES = (
    "/usr/lib/postgresql/%d/bin",
    "/usr/pgsql-%d/bin",
    "/usr/lib/postgresql%d/bin",
    "/usr/bin",
    "/usr/local/pgsql/bin",
    "/usr/local/bin",
)
_VERSION = re.compile(r"\(PostgreSQL\) ((\d+)[.\w]*)")


def packaged_bin_directory(version: int) -> str:
    """Where Debian's packages put this version's programs. Raises Unavailable (``bin-directory-missing``)."""
    path = f"/usr/lib/postgresql/{version}/bin"
    if not os.path.isfile(f"{path}/postgres"):
        raise bin_directory_missing(version, looked_in=[path])
    return path


def find_bin_directory(version: int, *, preferred: Iterable[str | None], runner: Runner) -> tuple[str, str]:
    """The directory of the programs of this major version, and their full version.

    ``preferred`` are looked at first. Raises Unavailable (``bin-directory-missing``) when there is none.
    """
    path_directories = (os.environ.get("PATH") or "").split(":")
    places = [*preferred, *(place % version if "%" in place else place for place in _PLACES), *path_directories]
    looked_in = []
    for place in dict.fromkeys(place for place in places if place):
        looked_in.append(place)
        if not os.path.isfile(f"{place}/postgres") or not os.path.isfile(f"{place}/pg_controldata"):
            continue
        major, full = program_version(f"{place}/postgres", runner=runner)
        if major == version:
            return place, full
    raise bin_directory_missing(version, looked_in=looked_in)


def check_bin_directory(path: str, *, version: int, data_directory: str, runner: Runner) -> str:
    """The full version of the programs in a directory that the user named.

    Raises InvalidInput: ``bin-directory-missing`` when they are not there, ``version-mismatch``.
    """
    if not os.path.isfile(f"{path}/postgres") or not os.path.isfile(f"{path}/pg_controldata"):
        raise InvalidInput(
            f"bin_directory '{path}' does not hold PostgreSQL's server programs",
            code="bin-directory-missing",
            hint="It must hold 'postgres' and 'pg_controldata'; or leave 'pitr_cluster_bin_directory' unset.",
        )
    major, full = program_version(f"{path}/postgres", runner=runner)
    if major != version:
        raise InvalidInput(
            f"bin_directory '{path}' holds PostgreSQL {full}, but '{data_directory}' is of version {version}",
            code="version-mismatch",
            hint=f"Set 'pitr_cluster_bin_directory' to the programs of PostgreSQL {version}, or leave it unset.",
        )
    return full


def program_version(program: str, *, runner: Runner) -> tuple[int, str]:
    """Major and full version of one of PostgreSQL's programs, such as 15 and ``15.18``."""
    said = runner.run([program, "--version"]).stdout
    match = _VERSION.search(said)
    if match is None:
        raise Unavailable(
            f"'{program} --version' says '{said.strip()}'",
            code="bin-directory-missing",
            hint="It is not one of PostgreSQL's programs; set 'pitr_cluster_bin_directory'.",
        )
    return int(match.group(2)), match.group(1)


def bin_directory_missing(version: int, *, looked_in: Iterable[str]) -> Unavailable:
    """The error for a version whose programs are nowhere."""
    return Unavailable(
        f"the programs of PostgreSQL {version} were not found in: {', '.join(looked_in)}",
        code="bin-directory-missing",
        hint=f"Install the server package of PostgreSQL {version}, or set 'pitr_cluster_bin_directory'.",
    )


__all__ = (
    "bin_directory_missing",
    "check_bin_directory",
    "find_bin_directory",
    "packaged_bin_directory",
    "program_version",
)
