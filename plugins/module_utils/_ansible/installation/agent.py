# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module ``agent`` does: program, configuration and repository directory of one cluster."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from ..._core.archiving.archiver_state import check_queue
from ..._core.errors import Failed, InvalidInput, PitrError, Unavailable
from ..._core.host.file_step import plan_removal
from ..._core.postgres.cluster import Cluster
from ..._core.release import VERSION
from ..._core.repository.cluster_name import check_cluster_name
from ..._core.repository.identity import RepositoryIdentity
from ..._core.repository.registration import check_not_foreign
from ..._core.restore.lost_cluster import LOST_CODES
from ..._io.encryption.age import check_age
from ..._io.host.agent_config import agent_config_path, configured_clusters
from ..._io.host.file_steps import (
    apply_file_steps,
    check_applicable,
    check_root_controls,
    look_at,
    missing_directories,
)
from ..._io.host.runner import Runner, SystemRunner
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.repository.location import check_repository_place
from ..._io.repository.repository import Repository
from ..._io.storage.mount import check_mounted
from ..._io.stream.compression import choose_compression
from ..._operations.archiving.preflight import MADE_BY_THE_ROLE, present_identity
from ..bundle.program import Interpreter
from ..cluster import resolve_cluster
from ..entry import Outcome, Request
from ..repository import repository_of
from ..steps_diff import steps_diff
from ..worker.answer import check_own_directory
from .agent_files import keys_of, repositories_in, wanted_files
from .agent_program import (
    chosen_interpreter,
    ensure_program,
    interpreter_of,
    plan_files,
    trusted_interpreters,
)
from .agent_repository import ensure_repository, repository_steps
from .left_repository import check_repository_is_not_left
from .shared_steps import apply_step, roots_steps


def ensure_agent(request: Request) -> Outcome:
    """Bring the program into the wanted state."""
    options = request.options
    _check_options(options)
    if options["state"] == "absent":
        return _ensure_absent(request)
    if options["part"] == "program":
        return ensure_program(request)
    if options["part"] == "repository":
        return ensure_repository(request)
    if options["part"] == "key":
        # Imported late: only repositories on another host need it.
        from .agent_key import ensure_key

        return ensure_key(request)
    return _ensure_present(request)


def _ensure_present(request: Request) -> Outcome:
    options = request.options
    check_root_controls(_administered(options))
    repository = repository_of(options)
    missing = {each.path: missing_directories(each.path) for each in _all(repository) if each.is_here}
    if missing.get(repository.path) and options["without_cluster"]:
        raise _repository_missing(options["repository_path"])
    interpreters = trusted_interpreters()
    found = request.work(
        lambda: _survey(options, interpreters=interpreters, missing=missing, check_mode=request.check_mode)
    )
    interpreter = interpreter_of(found, among=interpreters)
    # What the administrator named for a cluster that is to come is not there yet.
    if not (options["without_cluster"] and found["data_directory"] == (options["data_directory"] or "")):
        check_own_directory(found["data_directory"], account=request.account)
    program = look_at(options["agent_path"])
    wanted = wanted_files(options, account=request.account, found=found, interpreter=interpreter, program=program)
    present = {path: look_at(path) for path in (*wanted, *keys_of(options))}
    present[options["agent_path"]] = program
    steps = (
        *(step for each in missing.values() for step in repository_steps(each, account=request.account)),
        *plan_files(wanted, present=present),
        *plan_removal(path for path, state in present.items() if path not in wanted and state is not None),
    )
    check_applicable(roots_steps(steps, account=request.account))
    if not request.check_mode:
        for step in steps:
            apply_step(step, account=request.account, work=request.work)
        request.work(lambda: _prove(options))
    values = {
        "agent_path": options["agent_path"],
        "version": VERSION,
        "python": interpreter.path,
        "config_file": agent_config_path(options["config_directory"], cluster_name=options["name"]),
        "repository_path": options["repository_path"] or "",
        "compression": found["compression"],
        "steps": [str(step) for step in steps],
    }
    diff = steps_diff(steps, present=present, secret_paths=keys_of(options))
    return Outcome(bool(steps), values, diff=diff, warnings=(*_warnings(interpreter), *found["unreachable"]))


def _survey(
    options: Mapping[str, Any], *, interpreters: Sequence[str], missing: Mapping[str, Sequence[str]], check_mode: bool
) -> dict[str, Any]:
    """What the cluster's user knows, as plain data. Everything that can be refused is refused here."""
    runner = SystemRunner()
    cluster = _present_cluster(options, runner=runner)
    repository = repository_of(options)
    if repository.recipients:
        check_age()
    unreachable, is_known = [], False
    for each in _all(repository):
        try:
            found = _check_repository(each, options, cluster=cluster, missing=missing, check_mode=check_mode)
            is_known = is_known or found is not None
        except Unavailable as error:
            if each.is_required:
                raise
            unreachable.append(f"the repository '{each.name}' is left for later: {error.message}")
    if cluster is not None and not is_known:
        check_repository_is_not_left(repository, options, cluster=cluster, runner=runner)
    needs_boto3 = any(each.bucket is not None for each in _all(repository))
    return {
        **chosen_interpreter(interpreters, runner=runner, needs_boto3=needs_boto3),
        "compression": choose_compression(options["compression"]),
        "unreachable": unreachable,
        **(_of_coming(options) if cluster is None else _of_present(cluster)),
    }


def _check_repository(
    repository: Repository,
    options: Mapping[str, Any],
    *,
    cluster: Cluster | None,
    missing: Mapping[str, Sequence[str]],
    check_mode: bool,
) -> RepositoryIdentity | None:
    """Whose folder it has for the cluster; ``None``: it has none yet."""
    if cluster is not None:
        check_repository_place(repository, cluster=cluster)
    if repository.is_here:
        check_mounted(repository.mount_point)
    identity = _identity(repository.cluster(options["name"]), check_mode=check_mode)
    if identity is not None and cluster is not None:
        # Its configuration on this host would be lost.
        check_not_foreign(identity, cluster=cluster)
    if not missing.get(repository.path):
        repository.check()
    return identity


def _all(repository: Repository) -> tuple[Repository, ...]:
    return (repository, *repository.others)


def _repository_missing(path: str) -> Unavailable:
    return Unavailable(
        f"the repository '{path}' is not there, and a cluster is to come from it",
        code="repository-missing",
        hint="Mount its file system, or set 'pitr_repository_path'.",
    )


def _present_cluster(options: Mapping[str, Any], *, runner: Runner) -> Cluster | None:
    """The cluster; ``None`` where it is not here yet, and that is meant."""
    try:
        return resolve_cluster(options, runner=runner)
    except PitrError as error:
        if options["without_cluster"] and error.code in (*LOST_CODES, "cluster-ambiguous"):
            return None
        raise


def _of_present(cluster: Cluster) -> dict[str, str]:
    return {
        "data_directory": cluster.data_directory,
        "bin_directory": cluster.bin_directory,
        "port": str(cluster.port),
        "socket_directory": cluster.socket_directory,
    }


def _of_coming(options: Mapping[str, Any]) -> dict[str, str]:
    """What the options say; what they leave open is found out when the cluster is here."""
    return {
        "data_directory": options["data_directory"] or "",
        "bin_directory": options["bin_directory"] or "",
        "port": str(options["port"] or ""),
        "socket_directory": "",
    }


def _identity(folder: ClusterFolder, *, check_mode: bool) -> RepositoryIdentity | None:
    """Whose folder it is; a rehearsal takes the first run's host, which lets this one in only then, for empty."""
    try:
        return present_identity(folder)
    except PitrError as error:
        if check_mode and error.code in MADE_BY_THE_ROLE:
            return None
        raise


def _administered(options: Mapping[str, Any]) -> tuple[str, ...]:
    """What root writes, and obeys later."""
    config_path = agent_config_path(options["config_directory"], cluster_name=options["name"])
    return (options["agent_path"], config_path, *keys_of(options))


def _ensure_absent(request: Request) -> Outcome:
    options = request.options
    config_file = agent_config_path(options["config_directory"], cluster_name=options["name"])
    others = [name for name in configured_clusters(options["config_directory"]) if name != options["name"]]
    # The program is shared by the clusters of the host, so it goes with the last configuration.
    own = [config_file, *keys_of(options)]
    candidates_to_remove = own if others else [*own, options["agent_path"]]
    check_root_controls(candidates_to_remove)
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
    return Outcome(bool(steps), values, diff=steps_diff(steps, present=present, secret_paths=own[1:]))


def _check_options(options: Mapping[str, Any]) -> None:
    check_cluster_name(options["name"] or "")
    check_queue(options["queue_max_bytes"])
    if options["state"] == "present":
        repository_of(options)
    _check_absolute(options, ("agent_path", "config_directory"))
    for each in repositories_in(options):
        _check_absolute(each, ("repository_path", "repository_mount_point"))


def _check_absolute(options: Mapping[str, Any], names: Sequence[str]) -> None:
    for name in names:
        if options[name] and not os.path.isabs(options[name]):
            raise InvalidInput(
                f"{name} '{options[name]}' is not an absolute path",
                code="path-not-absolute",
                hint="Begin it with '/': PostgreSQL runs its commands in the data directory.",
            )


def _prove(options: Mapping[str, Any]) -> None:
    """Run the installed program as PostgreSQL will, and reach the repository."""
    try:
        SystemRunner().run([options["agent_path"], "version"], timeout_seconds=30)
    except (PitrError, PermissionError) as error:
        raise Failed(
            f"the program was installed, but this user can't run '{options['agent_path']}': {error}",
            code="agent-unusable",
            hint="Give PostgreSQL's user access to the directory, and mount its file system without 'noexec'.",
        ) from error
    for each in _all(repository_of(options)):
        if not each.is_required:
            # Whether it can be reached now is told, and nothing waits for it.
            continue
        each.check()
        if not each.is_here:
            present_identity(each.cluster(options["name"]))


def _warnings(interpreter: Interpreter) -> tuple[str, ...]:
    if interpreter.takes_our_code:
        return ()
    return (
        f"the program runs under {interpreter.path}, which is not the version of Ansible's Python on this host: it"
        " starts more slowly, because it can't be compiled in advance",
    )


__all__ = ("ensure_agent",)
