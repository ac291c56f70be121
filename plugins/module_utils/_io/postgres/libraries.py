# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL's loadable libraries on this host."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..host.runner import Runner

# Relative to the programs: a build from source or a relocated one, Debian, PGDG on RHEL; then RHEL's own packages.
_PLACES = ("../lib/postgresql", "../lib", "/usr/lib64/pgsql", "/usr/lib/pgsql")
# Every build has it.
_SURE = "plpgsql.so"
_PACKAGE = "$libdir"


def missing_libraries(names: Iterable[str], *, bin_directory: str, path: str, runner: Runner) -> tuple[str, ...]:
    """Those of the libraries that a server would not find; ``path`` is its ``dynamic_library_path``.

    None where nothing tells in which directory it would look.
    """
    package = _package_directory(bin_directory, runner=runner)
    if package is None:
        return ()
    places = [place.replace(_PACKAGE, package) for place in path.split(":") if place]
    return tuple(name for name in dict.fromkeys(names) if not _is_there(name, places=places, package=package))


def _is_there(name: str, *, places: Iterable[str], package: str) -> bool:
    # Source: PostgreSQL, ``dfmgr.c`` (expand_dynamic_library_name): with and without the suffix.
    found = [name.replace(_PACKAGE, package)] if "/" in name else [f"{place}/{name}" for place in places]
    return any(os.path.isfile(f"{each}{suffix}") for each in found for suffix in ("", ".so"))


def _package_directory(bin_directory: str, *, runner: Runner) -> str | None:
    if os.path.isfile(f"{bin_directory}/pg_config"):
        said = runner.run([f"{bin_directory}/pg_config", "--pkglibdir"], check=False).stdout.strip()
        if os.path.isfile(f"{said}/{_SURE}"):
            return said
    places = (os.path.normpath(os.path.join(bin_directory, place)) for place in _PLACES)
    return next((place for place in places if os.path.isfile(f"{place}/{_SURE}")), None)


__all__ = ("missing_libraries",)
