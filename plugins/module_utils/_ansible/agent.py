# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module ``agent`` does: program, configuration and repository directory of one cluster."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from typing import Any

from .._core.errors import Failed, InvalidInput, PitrError
from .._core.host.agent_config import format_agent_config
from .._core.host.file_step import (
    FileState,
    FileStep,
    MakeDirectory,
    WriteFile,
    plan_directory,
    plan_file,
    plan_removal,
)
from .._core.postgres.cluster import Cluster
from .._core.release import VERSION
from .._core.repository.cluster_name import check_cluster_name
from .._core.repository.registration import check_not_foreign
from .._io.host.agent_config import agent_config_path, configured_clusters
from .._io.host.effective_user import acting_as
from .._io.host.file_steps import apply_file_steps, check_applicable, look_at, missing_directories
from .._io.host.interpreter import candidates, choose_interpreter
from .._io.host.runner import SystemRunner
from .._io.repository.location import check_location
from .._io.repository.repository import Repository
from .._io.storage.mount import check_mounted
from .._io.stream.compression import choose_compression
from .._operations.archiving.preflight import present_identity
from .bundle.program import Interpreter, build_program, is_same_program
from .bundle.sources import program_sources
from .cluster import resolve_cluster
from .entry import Outcome, Request
from .repository import repository_of
from .steps_diff import steps_diff


def ensure_agent(request: Request) -> Outcome:
    """Bring the program into the wanted state."""
    options = request.options
    _check_options(options)
    if options["state"] == "absent":
        return _ensure_absent(request)
    return _ensure_present(request)


def _ensure_present(request: Request) -> Outcome:
    options = request.options
    runner = SystemRunner()
    cluster = resolve_cluster(options, runner=runner)
    check_location(
        options["repository_path"],
        data_directories=cluster.own_directories,
        tablespaces=cluster.tablespaces.values(),
    )
    check_mounted(options["repository_mount_point"])
    _check_name(options, cluster=cluster)
    compression = choose_compression(options["compression"])
    with acting_as(cluster.os_user):
        interpreter = Interpreter(*choose_interpreter(candidates(), runner=runner))
    wanted = _wanted_files(options, cluster=cluster, interpreter=interpreter)
    present = {path: look_at(path) for path in wanted}
    steps = _plan(options, cluster=cluster, wanted=wanted, present=present)
    check_applicable(steps)
    if not request.check_mode:
        apply_file_steps(steps)
        _prove(options, cluster=cluster)
    values = {
        "agent_path": options["agent_path"],
        "version": VERSION,
        "python": interpreter.path,
        "config_file": agent_config_path(options["config_directory"], cluster_name=options["name"]),
        "repository_path": options["repository_path"],
        "compression": compression,
        "steps": [str(step) for step in steps],
    }
    return Outcome(bool(steps), values, diff=steps_diff(steps, present=present), warnings=_warnings(interpreter))


def _check_name(options: Mapping[str, Any], *, cluster: Cluster) -> None:
    """Raise Refused when the name is another cluster's, whose configuration on this host would be lost."""
    with acting_as(cluster.os_user):
        identity = present_identity(repository_of(options).cluster(options["name"]))
    if identity is not None:
        check_not_foreign(identity, cluster=cluster)


def _ensure_absent(request: Request) -> Outcome:
    options = request.options
    config_file = agent_config_path(options["config_directory"], cluster_name=options["name"])
    others = [name for name in configured_clusters(options["config_directory"]) if name != options["name"]]
    # The program is shared by the clusters of the host, so it goes with the last configuration.
    candidates_to_remove = [config_file] if others else [config_file, options["agent_path"]]
    present = {path: look_at(path) for path in candidates_to_remove}
    steps = plan_removal(path for path, state in present.items() if state is not None)
    check_applicable(steps)
    if not request.check_mode:
        apply_file_steps(steps)
    values = {
        "agent_path": options["agent_path"],
        "config_file": config_file,
        "steps": [str(step) for step in steps],
    }
    return Outcome(bool(steps), values, diff=steps_diff(steps, present=present))


def _check_options(options: Mapping[str, Any]) -> None:
    check_cluster_name(options["name"] or "")
    if options["state"] == "present":
        repository_of(options)
    for name in ("repository_path", "repository_mount_point", "agent_path", "config_directory"):
        if options[name] and not os.path.isabs(options[name]):
            raise InvalidInput(
                f"{name} '{options[name]}' is not an absolute path",
                code="path-not-absolute",
                hint="Begin it with '/': PostgreSQL runs its commands in the data directory.",
            )


def _wanted_files(options: Mapping[str, Any], *, cluster: Cluster, interpreter: Interpreter) -> dict[str, WriteFile]:
    program = build_program(program_sources(), interpreter=interpreter, long_first_line=_reads_long_first_lines())
    config = format_agent_config(
        {
            "repository_path": options["repository_path"].rstrip("/"),
            "repository_mount_point": options["repository_mount_point"] or "",
            "compression": options["compression"],
            "data_directory": cluster.data_directory,
            "bin_directory": cluster.bin_directory,
            "port": str(cluster.port),
            "socket_directory": cluster.socket_directory,
            "os_user": cluster.os_user,
            "login_user": options["login_user"] or "",
        }
    )
    group = pwd.getpwnam(cluster.os_user).pw_gid
    root = os.geteuid() == 0
    config_path = agent_config_path(options["config_directory"], cluster_name=options["name"])
    wanted = (
        WriteFile(options["agent_path"], program, 0o755, (0, 0) if root else None),
        WriteFile(config_path, config.encode("utf-8", "surrogateescape"), 0o640, (0, group) if root else None),
    )
    return {file.path: file for file in wanted}


def _plan(
    options: Mapping[str, Any],
    *,
    cluster: Cluster,
    wanted: Mapping[str, WriteFile],
    present: Mapping[str, FileState | None],
) -> tuple[FileStep, ...]:
    """Directories first; the program before the configuration that makes it useful."""
    steps: list[FileStep] = list(_repository_steps(options, cluster=cluster))
    for path, file in wanted.items():
        for directory in missing_directories(os.path.dirname(path)):
            step = MakeDirectory(directory, 0o755)
            if step not in steps:
                steps += plan_directory(step, present=None)
        state = present[path]
        same = None
        if path == options["agent_path"] and state is not None and state.content is not None:
            same = is_same_program(state.content, file.content)
        steps += plan_file(file, present=state, same_content=same)
    return tuple(steps)


def _repository_steps(options: Mapping[str, Any], *, cluster: Cluster) -> tuple[FileStep, ...]:
    """The repository's top directory, if it is missing. An existing one must be usable for the cluster's user."""
    path = options["repository_path"].rstrip("/")
    missing = missing_directories(path)
    if not missing:
        with acting_as(cluster.os_user):
            Repository(path, mount_point=options["repository_mount_point"]).check()
        return ()
    entry = pwd.getpwnam(cluster.os_user)
    owner = (entry.pw_uid, entry.pw_gid) if os.geteuid() == 0 else None
    return (*(MakeDirectory(parent, 0o755) for parent in missing[:-1]), MakeDirectory(path, 0o700, owner))


def _prove(options: Mapping[str, Any], *, cluster: Cluster) -> None:
    """Run the installed program as PostgreSQL will, and reach the repository."""
    with acting_as(cluster.os_user):
        try:
            SystemRunner().run([options["agent_path"], "version"], timeout_seconds=30)
        except (PitrError, PermissionError) as error:
            raise Failed(
                f"the program was installed, but '{cluster.os_user}' can't run '{options['agent_path']}': {error}",
                code="agent-unusable",
                hint="Give that user access to the directory, and mount its file system without 'noexec'.",
            ) from error
        Repository(options["repository_path"], mount_point=options["repository_mount_point"]).check()


def _reads_long_first_lines() -> bool:
    """Whether this kernel reads 256 bytes of a program's first line (Linux 5.1 and later)."""
    facts = os.uname()
    major, _unused, rest = facts.release.partition(".")
    minor = rest.split(".")[0].split("-")[0]
    return facts.sysname == "Linux" and major.isdigit() and minor.isdigit() and (int(major), int(minor)) >= (5, 1)


def _warnings(interpreter: Interpreter) -> tuple[str, ...]:
    if interpreter.takes_our_code:
        return ()
    return (
        f"the program runs under {interpreter.path}, which is not the version of Ansible's Python on this host: it"
        " starts more slowly, because it can't be compiled in advance",
    )


__all__ = ("ensure_agent",)
