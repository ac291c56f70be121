# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding the clusters of this host."""

from __future__ import annotations

import os
import pwd
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ..._core.errors import Failed, InvalidInput, PitrError, Refused
from ..._core.postgres.cluster import PG_CTL, Cluster, ServiceName
from ..._core.postgres.control_data import ControlData
from ..host.effective_user import acting_as
from ..host.files import read_text
from ..host.runner import Runner
from ..host.systemd import systemd_runs
from .binaries import check_bin_directory, find_bin_directory
from .candidates import Candidate, all_candidates, candidate_at
from .control_data import read_control_data
from .postmaster import postmaster_file
from .service_name import service_of

_VERSION_FILE = "PG_VERSION"


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
    return describe(candidate_at(data_directory, runner=runner), wanted=wanted or ClusterRequest(), runner=runner)


def check_data_directory(path: str) -> None:
    """Raise InvalidInput when the path is no cluster's data directory, Refused when this user may not look into it."""
    if not os.path.isdir(path):
        raise InvalidInput(
            f"data_directory '{path}' does not exist or is not a directory",
            code="data-directory-missing",
            hint="Set 'pitr_cluster_data_directory' to the cluster's data directory, or leave it unset.",
        )
    if not os.access(path, os.R_OK | os.X_OK, effective_ids=True):
        raise Refused(
            f"data_directory '{path}' cannot be read by the user that runs this",
            code="os-user-mismatch",
            hint="Run with 'become: true' (root), or as the user that owns the data directory.",
        )
    for name in (_VERSION_FILE, "global/pg_control"):
        if not os.path.isfile(f"{path}/{name}"):
            raise InvalidInput(
                f"data_directory '{path}' is not a PostgreSQL data directory: it has no file '{name}'",
                code="data-directory-invalid",
                hint="Name the directory that has PG_VERSION in it, not one above or beside it.",
            )


def describe(candidate: Candidate, *, wanted: ClusterRequest, runner: Runner) -> Cluster:
    """All that is known of one candidate without asking its server."""
    check_data_directory(candidate.data_directory)
    owner = _owner(candidate.data_directory)
    # Programs and options that are read from the data directory are its owner's words: never run them as root.
    with acting_as(owner):
        version = _major_version(candidate.data_directory)
        bin_directory, server_version = _programs(candidate, version=version, wanted=wanted, runner=runner)
        service = service_of(candidate, version=version, given=wanted.service, systemd=systemd_runs(), runner=runner)
        control = read_control_data(candidate.data_directory, bin_directory=bin_directory, runner=runner)
        return _cluster(
            candidate,
            os_user=wanted.os_user or owner,
            version=version,
            bin_directory=bin_directory,
            server_version=server_version,
            service=service,
            control=control,
            runner=runner,
        )


def _cluster(
    candidate: Candidate,
    *,
    os_user: str,
    version: int,
    bin_directory: str,
    server_version: str,
    service: ServiceName,
    control: ControlData,
    runner: Runner,
) -> Cluster:
    path = candidate.data_directory
    answers = _Configuration(candidate, service=service, bin_directory=bin_directory, runner=runner)
    port, socket_directory = answers.address()
    # Each is a program of its own, which takes 20 ms.
    with ThreadPoolExecutor(max_workers=3) as pool:
        config_file, hba_file, ident_file = pool.map(answers.ask, ("config_file", "hba_file", "ident_file"))
    postmaster = candidate.postmaster
    return Cluster(
        data_directory=path,
        version=version,
        bin_directory=bin_directory,
        config_file=config_file,
        hba_file=hba_file,
        ident_file=ident_file,
        os_user=os_user,
        port=port,
        socket_directory=socket_directory,
        service=service,
        system_identifier=control.system_identifier,
        segment_size=control.segment_size,
        running=postmaster is not None,
        in_recovery=control.in_recovery or (postmaster is None and _has_signal_file(path)),
        timeline=control.timeline,
        postmaster_pid=postmaster.pid if postmaster else None,
        server_version=server_version,
        tablespaces=_tablespaces(path),
        wal_directory=os.path.realpath(f"{path}/pg_wal") if os.path.islink(f"{path}/pg_wal") else None,
        start_options=candidate.last_options,
        log_file=postmaster.log_file if postmaster else None,
        debian_name=candidate.debian_name,
    )


class _Configuration:
    """The settings of a cluster as its own ``postgres`` program reads them from the files, one at a time."""

    def __init__(self, candidate: Candidate, *, service: ServiceName, bin_directory: str, runner: Runner) -> None:
        self._candidate = candidate
        self._runner = runner
        self._program = f"{bin_directory}/postgres"
        self._arguments = _configuration_arguments(candidate, service=service)

    def ask(self, name: str) -> str:
        # "-C" has to be the first word: only then is root allowed.
        result = self._runner.run([self._program, "-C", name, *self._arguments], check=False)
        if result.rc != 0:
            raise Failed(
                f"the configuration of '{self._candidate.data_directory}' cannot be read: {result.stderr.strip()}",
                code="configuration-invalid",
                hint="Correct the file that is named; PostgreSQL itself would not start with it.",
            )
        return result.stdout.rstrip("\n")

    def address(self) -> tuple[int, str]:
        """Port and Unix socket directory: the running server's, else the configured ones."""
        content = postmaster_file(self._candidate.data_directory) if self._candidate.postmaster else None
        if content is not None and content.port is not None:
            return content.port, content.socket_directory
        directories = self.ask("unix_socket_directories").split(",")
        return int(self.ask("port")), directories[0].strip().strip('"')


def _configuration_arguments(candidate: Candidate, *, service: ServiceName) -> Sequence[str]:
    if candidate.postmaster is not None:
        return ["-D", candidate.data_directory, *candidate.last_options]
    if candidate.configuration_directory is not None:
        return ["-D", candidate.configuration_directory]
    # Nobody else keeps the options that a server under pg_ctl was started with.
    return ["-D", candidate.data_directory, *(candidate.last_options if service.kind == PG_CTL else ())]


def _programs(candidate: Candidate, *, version: int, wanted: ClusterRequest, runner: Runner) -> tuple[str, str]:
    if wanted.bin_directory:
        full = check_bin_directory(
            wanted.bin_directory, version=version, data_directory=candidate.data_directory, runner=runner
        )
        return wanted.bin_directory, full
    last = os.path.dirname(candidate.last_program) if candidate.last_program else None
    running = candidate.postmaster.bin_directory if candidate.postmaster else None
    return find_bin_directory(version, preferred=[running, last], runner=runner)


def _owner(data_directory: str) -> str:
    uid = os.stat(data_directory).st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError as error:
        raise Refused(
            f"'{data_directory}' belongs to user id {uid}, which has no name on this host",
            code="os-user-unknown",
            hint="Give the data directory to the user that PostgreSQL runs as, or create that user.",
        ) from error


def _major_version(data_directory: str) -> int:
    text = (read_text(f"{data_directory}/{_VERSION_FILE}") or "").strip()
    if not text.isdigit():
        raise InvalidInput(
            f"'{data_directory}/{_VERSION_FILE}' says '{text}', which is no version of PostgreSQL 10 or later",
            code="data-directory-invalid",
            hint="PostgreSQL 14 to 18 are supported.",
        )
    return int(text)


def _has_signal_file(data_directory: str) -> bool:
    return any(os.path.exists(f"{data_directory}/{name}.signal") for name in ("standby", "recovery"))


def _tablespaces(data_directory: str) -> dict[int, str]:
    # Tablespaces made in place (allow_in_place_tablespaces) are directories, not links.
    folder = f"{data_directory}/pg_tblspc"
    oids = sorted(int(name) for name in os.listdir(folder) if name.isdigit())
    return {oid: os.readlink(f"{folder}/{oid}") for oid in oids if os.path.islink(f"{folder}/{oid}")}


__all__ = ("ClusterRequest", "Discovery", "check_data_directory", "cluster_at", "describe", "discover")
