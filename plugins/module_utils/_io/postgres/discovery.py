# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding the clusters of this host."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..._core.errors import InvalidInput, PitrError, Refused
from ..._core.postgres.cluster import PG_CTL, Cluster, ServiceName
from ..._core.postgres.control_data import ControlData
from ..host.machine import systemd_runs
from ..host.runner import Runner
from .at_once import at_once, both
from .binaries import check_bin_directory, find_bin_directory
from .candidates import Candidate, all_candidates, candidate_at
from .configured_settings import read_setting
from .control_data import read_control_data
from .data_directory import (
    check_data_directory,
    has_signal_file,
    linked_tablespaces,
    linked_wal_directory,
    major_version_of,
    owner_of,
)
from .postmaster import postmaster_file
from .service_name import service_of


@dataclass(frozen=True)
class ClusterRequest:
    """What the user says of a cluster; ``None`` means: find out."""

    bin_directory: str | None = None
    service: str | None = None
    os_user: str | None = None


@dataclass(frozen=True)
class Discovery:
    """The clusters found, and in words why others could not be looked at."""

    clusters: tuple[Cluster, ...]
    problems: tuple[str, ...]


def discover(*, runner: Runner, wanted: ClusterRequest | None = None) -> Discovery:
    """Every cluster of this host, running or not, that this process may look at."""
    candidates, problems = all_candidates(runner=runner)
    clusters = []
    told = list(problems)
    for candidate in candidates:
        try:
            clusters.append(describe(candidate, wanted=wanted or ClusterRequest(), runner=runner))
        except PitrError as error:
            told.append(f"{candidate.data_directory}: {error.message}")
        except OSError as error:
            # One may be removed while it is looked at, and must not hide the others.
            told.append(f"{candidate.data_directory}: {error}")
    return Discovery(tuple(clusters), tuple(told))


def cluster_at(data_directory: str, *, runner: Runner, wanted: ClusterRequest | None = None) -> Cluster:
    """The cluster with this data directory.

    Raises InvalidInput: ``data-directory-missing``, ``data-directory-invalid``, ``bin-directory-missing``,
    ``version-mismatch``; Refused ``os-user-mismatch``.
    """
    check_data_directory(data_directory)
    try:
        return describe(candidate_at(data_directory, runner=runner), wanted=wanted or ClusterRequest(), runner=runner)
    except OSError as error:
        # It may be another directory by now, or a file in it another user's.
        raise InvalidInput(
            f"data_directory '{data_directory}' cannot be looked at: {error}",
            code="data-directory-invalid",
            hint="All files in it are to be its owner's; see who else can change the directory or one above it.",
        ) from error


def describe(candidate: Candidate, *, wanted: ClusterRequest, runner: Runner) -> Cluster:
    """All that is known of one candidate without asking its server."""
    path = candidate.data_directory
    check_data_directory(path)
    _check_owner(path, wanted=wanted)
    version = major_version_of(path)
    (bin_directory, server_version), service = both(
        lambda: _programs(candidate, version=version, wanted=wanted, runner=runner),
        lambda: service_of(candidate, version=version, given=wanted.service, systemd=systemd_runs(), runner=runner),
    )
    configuration = _Configuration(candidate, service=service, bin_directory=bin_directory, runner=runner)
    control, answers = both(
        lambda: read_control_data(path, bin_directory=bin_directory, runner=runner), configuration.answers
    )
    return Cluster(
        data_directory=path,
        version=version,
        bin_directory=bin_directory,
        server_version=server_version,
        os_user=owner_of(path),
        service=service,
        tablespaces=linked_tablespaces(path),
        wal_directory=linked_wal_directory(path),
        **answers,
        **_state(candidate, control=control),
    )


def _check_owner(data_directory: str, *, wanted: ClusterRequest) -> None:
    """Programs and options that a data directory names are its owner's words: only he may follow them."""
    owner = owner_of(data_directory)
    if os.stat(data_directory).st_uid != os.geteuid() or (wanted.os_user or owner) != owner:
        raise Refused(
            f"'{data_directory}' belongs to '{owner}', and this works as '{wanted.os_user or os.geteuid()}'",
            code="os-user-mismatch",
            hint=f"Set 'pitr_cluster_os_user' to '{owner}', if that is the user that PostgreSQL runs as.",
        )


def _state(candidate: Candidate, *, control: ControlData) -> dict[str, Any]:
    """What the control file and the running server, or the last one, say."""
    postmaster = candidate.postmaster
    starts_in_recovery = postmaster is None and has_signal_file(candidate.data_directory)
    return {
        "system_identifier": control.system_identifier,
        "segment_size": control.segment_size,
        "timeline": control.timeline,
        "in_recovery": control.in_recovery or starts_in_recovery,
        "running": postmaster is not None,
        "postmaster_pid": postmaster.pid if postmaster else None,
        "log_file": postmaster.log_file if postmaster else None,
        "start_options": candidate.last_options,
        "debian_name": candidate.debian_name,
    }


class _Configuration:
    """The settings of a cluster as its own ``postgres`` program reads them from the files, one at a time."""

    def __init__(self, candidate: Candidate, *, service: ServiceName, bin_directory: str, runner: Runner) -> None:
        self._candidate = candidate
        self._runner = runner
        self._program = f"{bin_directory}/postgres"
        self._arguments = _configuration_arguments(candidate, service=service)

    def answers(self) -> dict[str, Any]:
        """Address and files. Raises Failed (``configuration-invalid``)."""
        port, socket_directory = self._address()
        given = _given_file(self._arguments)
        files = {} if given is None else {"config_file": given}
        names = [name for name in ("config_file", "hba_file", "ident_file") if name not in files]
        # Each is a program of its own, which takes 20 ms.
        files.update(zip(names, at_once(self._ask, names)))
        return {"port": port, "socket_directory": socket_directory, **files}

    def _ask(self, name: str) -> str:
        return read_setting(
            name,
            program=self._program,
            arguments=self._arguments,
            runner=self._runner,
            about=self._candidate.data_directory,
        )

    def _address(self) -> tuple[int, str]:
        """Port and Unix socket directory: the running server's, else the configured ones."""
        content = postmaster_file(self._candidate.data_directory) if self._candidate.postmaster else None
        if content is not None and content.port is not None:
            return content.port, content.socket_directory
        directories = self._ask("unix_socket_directories").split(",")
        return int(self._ask("port")), directories[0].strip().strip('"')


def _configuration_arguments(candidate: Candidate, *, service: ServiceName) -> Sequence[str]:
    if candidate.postmaster is not None:
        return ["-D", candidate.data_directory, *candidate.last_options]
    if candidate.configuration_directory is not None:
        return ["-D", candidate.configuration_directory]
    # Nobody else keeps the options that a server under pg_ctl was started with.
    return ["-D", candidate.data_directory, *(candidate.last_options if service.kind == PG_CTL else ())]


def _given_file(arguments: Sequence[str]) -> str | None:
    """The configuration file that the server was started with, as Debian does; ``None``: the program has to say."""
    named = [number for number, word in enumerate(arguments) if "config" in word and "file" in word]
    if len(named) != 1 or named[0] == 0 or arguments[named[0] - 1] != "-c":
        return None
    name, _equals, path = arguments[named[0]].partition("=")
    return path if name == "config_file" and os.path.isabs(path) and os.path.normpath(path) == path else None


def _programs(candidate: Candidate, *, version: int, wanted: ClusterRequest, runner: Runner) -> tuple[str, str]:
    if wanted.bin_directory:
        full = check_bin_directory(
            wanted.bin_directory, version=version, data_directory=candidate.data_directory, runner=runner
        )
        return wanted.bin_directory, full
    last = os.path.dirname(candidate.last_program) if candidate.last_program else None
    running = candidate.postmaster.bin_directory if candidate.postmaster else None
    return find_bin_directory(version, preferred=[running, last], runner=runner)


__all__ = ("ClusterRequest", "Discovery", "cluster_at", "describe", "discover")
