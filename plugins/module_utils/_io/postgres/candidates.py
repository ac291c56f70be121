# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The places where this host may have a cluster."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..._core.errors import PitrError
from ..._core.postgres.postmaster_options import parse_options_file, start_options
from ..host.files import read_text
from ..host.runner import Runner
from ..privilege.controllers import ANYONE, controllers_of
from .at_once import at_once
from .binaries import packaged_bin_directory
from .configured_settings import read_setting
from .data_directory import is_data_directory
from .postmaster import Postmaster, postmaster_of, postmaster_pid, running_postmasters


@dataclass(frozen=True)
class SearchPaths:
    """Where clusters usually lie: Debian's configurations, and patterns of data directories (RHEL's first)."""

    debian_configurations: str = "/etc/postgresql"
    data_directories: tuple[str, ...] = (
        "/var/lib/pgsql/data",
        "/var/lib/pgsql/*/data",
        "/var/lib/postgres/data",
        "/usr/local/pgsql/data",
    )


USUAL_PLACES = SearchPaths()
_CONFIGURATION = "postgresql.conf"


@dataclass(frozen=True)
class Candidate:
    """A data directory that may be a cluster, and what its place tells of it.

    ``configuration_directory`` is set where the configuration lies outside the data directory (Debian).
    """

    data_directory: str
    configuration_directory: str | None = None
    debian_name: str | None = None
    postmaster: Postmaster | None = None
    last_program: str | None = None
    last_options: tuple[str, ...] = ()


def all_candidates(
    *, runner: Runner, places: SearchPaths = USUAL_PLACES
) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
    """Every candidate of the host, one for each data directory, and in words what could not be looked at."""
    found: dict[str, Candidate] = {}
    debian, problems = _debian_candidates(_debian_directories(places.debian_configurations), runner=runner)
    for candidate in debian:
        found.setdefault(candidate.data_directory, candidate)
    running, others = running_postmasters()
    paths = [postmaster.data_directory for postmaster in running]
    for pattern in places.data_directories:
        paths += [path for path in sorted(glob.glob(pattern)) if is_data_directory(path)]
    for path in map(os.path.realpath, paths):
        found.setdefault(path, Candidate(path))
    reasons = {path: why_not_believed(path) for path in found}
    believed = [candidate for path, candidate in found.items() if reasons[path] is None]
    told = [*problems, *others, *(f"{path}: {reason}" for path, reason in reasons.items() if reason is not None)]
    started = []
    for candidate in believed:
        try:
            started.append(with_last_start(candidate))
        except (PitrError, OSError) as error:
            # What lies there may be no file, and must not hide the other clusters.
            told.append(f"{candidate.data_directory}: {error}")
    return tuple(started), tuple(told)


def why_not_believed(data_directory: str) -> str | None:
    """Why nobody named this directory and it is passed over; ``None`` for one that root and this user alone control.

    Whoever controls it chooses the programs that are run for it, and the directories that a restore exchanges.
    """
    try:
        strangers = controllers_of(data_directory) - {0, os.geteuid()}
    except OSError as error:
        return f"it cannot be looked at ({error.strerror})"
    if not strangers:
        return None
    who = "anybody" if ANYONE in strangers else f"user id {min(strangers)}"
    return (
        f"passed over, as {who} can change it or a directory above it; name it in 'pitr_cluster_data_directory', or set"
        " 'pitr_cluster_os_user' to its owner"
    )


def candidate_at(data_directory: str, *, runner: Runner, places: SearchPaths = USUAL_PLACES) -> Candidate:
    """The candidate with this data directory, wherever its configuration lies."""
    path = os.path.realpath(data_directory)
    directories = _debian_directories(places.debian_configurations)
    # Each program that is asked takes 20 ms, and a host may have forty of them.
    likely = [each for each in directories if _mentions(path, directory=each)]
    for asked in (likely, [each for each in directories if each not in likely]):
        found, _unused = _debian_candidates(asked, runner=runner)
        for candidate in found:
            if candidate.data_directory == path:
                return with_last_start(candidate)
    return with_last_start(Candidate(path))


def with_last_start(candidate: Candidate) -> Candidate:
    """The candidate with its running server, or with what ``postmaster.opts`` says of the last one."""
    pid = postmaster_pid(candidate.data_directory)
    postmaster = postmaster_of(pid) if pid is not None else None
    if postmaster is not None:
        return replace(candidate, postmaster=postmaster, last_options=start_options(postmaster.arguments))
    words = parse_options_file(read_text(f"{candidate.data_directory}/postmaster.opts") or "")
    if not words:
        return candidate
    return replace(candidate, last_program=words[0], last_options=start_options(words[1:]))


def _debian_directories(configurations: str) -> list[str]:
    paths = glob.glob(f"{glob.escape(configurations)}/*/*/{_CONFIGURATION}")
    return sorted(os.path.dirname(path) for path in paths)


def _mentions(path: str, *, directory: str) -> bool:
    try:
        return path in (read_text(f"{directory}/{_CONFIGURATION}") or "")
    except (PitrError, OSError):
        return False


def _debian_candidates(directories: Sequence[str], *, runner: Runner) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
    asked = at_once(lambda directory: _debian_candidate(directory, runner=runner), directories)
    found = tuple(each for each in asked if isinstance(each, Candidate))
    return found, tuple(each for each in asked if isinstance(each, str))


def _debian_candidate(directory: str, *, runner: Runner) -> Candidate | str:
    """What lies there, or in words why that cannot be told."""
    version, name = directory.split("/")[-2:]
    try:
        data_directory = _configured_data_directory(directory, version=version, runner=runner)
    except PitrError as error:
        return f"{directory}: {error.message}"
    return Candidate(os.path.realpath(data_directory), directory, f"{version}/{name}")


def _configured_data_directory(directory: str, *, version: str, runner: Runner) -> str:
    program = f"{packaged_bin_directory(int(version) if version.isdigit() else 0)}/postgres"
    return read_setting("data_directory", program=program, arguments=["-D", directory], runner=runner, about=directory)


__all__ = (
    "USUAL_PLACES",
    "Candidate",
    "SearchPaths",
    "all_candidates",
    "candidate_at",
    "why_not_believed",
    "with_last_start",
)
