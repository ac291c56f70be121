# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a receiver of WAL is made of on its host: its files by path, the directory it fills, and its commands."""

from __future__ import annotations

import grp
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..._core.errors import InvalidInput, Refused
from ..._core.host.file_step import FileStep, GiveDirectory, MakeDirectory, WriteFile
from ..._core.host.named_directory import is_system_directory
from ..._core.repository.cluster_name import check_cluster_name
from ..._core.schedule.calendar import wanted_calendar
from ..._core.schedule.job import PgpitrCall
from ..._core.streaming.connection import Connection, parse_hosts, passfile_text, service_text
from ..._core.streaming.plan import UNIT_DIRECTORY
from ..._core.streaming.receiver import Receiver, prune_unit_name, receiver_units, stream_unit_name
from ..._core.streaming.slot import slot_name
from ..._io.host.file_steps import look_at, missing_directories
from ..._io.host.files import list_directory
from ..._io.postgres.receiver_program import find_receiver_program
from ..._io.privilege.account import Account

PRUNE_JOB = "prune"
_TLS = ("sslmode", "sslrootcert", "sslcert", "sslkey")
_MODE = 0o700


@dataclass(frozen=True)
class WantedReceiver:
    """The receiver, and the files that it reads and that systemd does, in the order in which they are written."""

    receiver: Receiver
    files: tuple[WriteFile, ...]


def service_path(options: Mapping[str, Any]) -> str:
    """The service file of libpq."""
    return f"{options['config_directory']}/{options['name']}.pg_service"


def passfile_path(options: Mapping[str, Any]) -> str:
    """The password file of libpq."""
    return f"{options['config_directory']}/{options['name']}.pgpass"


def every_path(options: Mapping[str, Any]) -> list[str]:
    """Each path at which a file of the cluster's receiver can lie."""
    name = options["name"]
    return [*_unit_paths(name), service_path(options), passfile_path(options)]


def wanted_receiver(options: Mapping[str, Any], *, account: Account) -> WantedReceiver:
    """What is to be there.

    Raises InvalidInput (``option-missing``, ``slot-name-invalid``, ``stream-host-invalid``, ``stream-value-invalid``,
    ``calendar-invalid``, ``unit-text-invalid``), Unavailable (``receiver-missing``).
    """
    check_cluster_name(options["name"])
    _check_given(options)
    slot = slot_name(options["slot"], cluster_name=options["name"])
    connection = Connection(
        parse_hosts(options["hosts"], default_port=options["port"]),
        options["user"],
        slot,
        {key: options[key] for key in _TLS if options[key]},
    )
    calendar = prune_calendar(options)
    receiver = Receiver(
        options["name"],
        find_receiver_program(options["bin_directory"]),
        slot,
        service_path(options),
        options["directory"].rstrip("/"),
        account.name,
        _group_name(account),
        _prune_command(options) if calendar else None,
        calendar or "",
    )
    return WantedReceiver(receiver, _files(options, receiver=receiver, connection=connection, account=account))


def prune_calendar(options: Mapping[str, Any]) -> str | None:
    """When what is archived is removed; ``None``: never. Raises InvalidInput (``calendar-invalid``)."""
    try:
        return wanted_calendar(options["timer_prune"], job=PRUNE_JOB)
    except InvalidInput as error:
        raise calendar_error(error) from error


def calendar_error(error: InvalidInput) -> InvalidInput:
    """The error with the variable that is meant."""
    hint = "Set 'pitr_streaming_timer_prune' to one such as '*-*-* *:00/15:00 UTC', or to 'none' for no timer."
    return InvalidInput(error.message, code=error.code, hint=hint)


def directory_steps(directory: str, *, account: Account) -> tuple[FileStep, ...]:
    """What makes the directory the account's. Raises Refused (``received-directory-foreign``), InvalidInput."""
    owner = (account.uid, account.gid) if os.geteuid() == 0 else None
    *above, _last = missing_directories(directory) or [""]
    present = look_at(directory)
    if present is None:
        parents = tuple(MakeDirectory(path, 0o755) for path in above)
        return (*parents, MakeDirectory(directory, _MODE, owner))
    if present.owner[0] == account.uid:
        return ()
    is_new = present.owner[0] == 0 and present.content is None and not list_directory(directory)
    if owner is not None and is_new and not is_system_directory(os.path.realpath(directory)):
        # A file system that was just made and mounted.
        return (GiveDirectory(directory, _MODE, owner),)
    raise Refused(
        f"'{directory}' is not a directory of '{account.name}'",
        code="received-directory-foreign",
        hint="Name another one with 'pitr_streaming_directory', or its owner with 'pitr_streaming_os_user'.",
    )


def _files(
    options: Mapping[str, Any], *, receiver: Receiver, connection: Connection, account: Account
) -> tuple[WriteFile, ...]:
    owner = (account.uid, account.gid) if os.geteuid() == 0 else None
    root = (0, 0) if os.geteuid() == 0 else None
    passfile = passfile_path(options) if options["password"] else None
    contents = {service_path(options): service_text(connection, passfile=passfile)}
    if passfile is not None:
        contents[passfile] = passfile_text(connection, password=options["password"])
    own = (WriteFile(path, text.encode(), 0o600, owner) for path, text in contents.items())
    units = receiver_units(receiver) if options["service_manager"] == "systemd" else ()
    return (*own, *(WriteFile(f"{UNIT_DIRECTORY}/{each.name}", each.text.encode(), 0o644, root) for each in units))


def _prune_command(options: Mapping[str, Any]) -> tuple[str, ...]:
    call = PgpitrCall(options["agent_path"], options["name"], options["config_directory"])
    place = ["--directory", options["directory"].rstrip("/")]
    if options["prune_repository"]:
        place += ["--repository", options["prune_repository"]]
    return tuple(call.words("prune", place))


def _check_given(options: Mapping[str, Any]) -> None:
    for name in ("directory", "hosts", "user"):
        if not options[name]:
            raise InvalidInput(f"{name} is not set", code="option-missing", hint=f"Set 'pitr_streaming_{name}'.")
    if not options["directory"].rstrip("/").startswith("/"):
        raise InvalidInput(
            f"directory '{options['directory']}' does not begin with a slash",
            code="path-not-absolute",
            hint="Set 'pitr_streaming_directory' to a whole path.",
        )


def _group_name(account: Account) -> str:
    try:
        return grp.getgrgid(account.gid).gr_name
    except KeyError:
        return str(account.gid)


def _unit_paths(name: str) -> list[str]:
    names = (stream_unit_name(name), *(prune_unit_name(name, kind=kind) for kind in ("timer", "service")))
    return [f"{UNIT_DIRECTORY}/{each}" for each in names]


__all__ = (
    "PRUNE_JOB",
    "WantedReceiver",
    "calendar_error",
    "directory_steps",
    "every_path",
    "passfile_path",
    "prune_calendar",
    "service_path",
    "wanted_receiver",
)
