# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pgpitr restore --plan``: what a restore would do, on the host itself, for the night when no controller is there."""

from __future__ import annotations

import json
import os
import re
import sys
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._core.exit_codes import ExitCode
from .._core.recovery.given_settings import read_settings
from .._core.redaction import redacted
from .._core.restore.journal import RestoreJournal
from .._core.restore.presentation.plan_result import already_to_dict, planned_to_dict
from .._core.restore.request import RestoreRequest, check_source
from .._core.target.parsing import read_timeline
from .._core.target.recovery_target import ACTIONS, KINDS, PROMOTE, RecoveryTarget
from .._io.encryption.identity_file import given_identity
from .._io.host.machine import hostname
from .._io.postgres.discovery import ClusterRequest
from .._operations.restore.decision import RestoreCall
from .command_parser import CommandParser
from .configured_cluster import ConfiguredCluster
from .console.command_line import usage_error

_PORTS = (1, 65535)
_EQUALS = re.compile(r"(?<!\\)=")


def new_parser() -> CommandParser:
    """The command's arguments."""
    parser = CommandParser(
        "restore",
        about="Nothing is changed. Works with the server down, and with the data directory gone.",
        failed="the restore would be refused, or the command failed",
        examples=(
            "--plan --cluster db1 --target-time 2026-09-15T14:30:00+02:00",
            "--plan --cluster db1 --latest --json",
            "--plan --cluster db1 --target-name rp1 --data-directory /srv/copy --port 5499",
            "--plan --cluster db1 --source db1 --latest --tablespace-mapping /mnt/fast=/srv/fast",
        ),
    )
    parser.add_argument("--plan", action="store_true", help="show the plan; restoring is the playbook's work")
    parser.add_cluster()
    _add_target(parser)
    parser.add_value("--timeline", metavar="N", help="the number of the timeline that the target lies on")
    parser.add_choice("--action", choices=ACTIONS, default=PROMOTE, help="what happens at the target")
    parser.add_value("--backup", metavar="LABEL", help="the backup to restore from; without it the newest that can be")
    _add_places(parser)
    _add_elsewhere(parser)
    parser.add_argument(
        "--setting",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        dest="settings",
        help="a setting of the restored server; may be given several times",
    )
    parser.add_value("--age-identity-file", metavar="FILE", help="the age identity that decrypts an encrypted archive")
    parser.add_argument("--again", action="store_true", help="plan it even where the last restore went to this target")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    return parser


def _add_places(parser: CommandParser) -> None:
    parser.add_value("--data-directory", metavar="DIRECTORY", help="restore side by side, into this directory")
    parser.add_number("--port", allowed=_PORTS, help="the port of that copy")
    parser.add_argument(
        "--tablespace-root",
        metavar="DIRECTORY",
        action="append",
        default=[],
        dest="tablespace_roots",
        help="a directory below which tablespaces may lie; may be given several times",
    )
    parser.add_value(
        "--received-directory", metavar="DIRECTORY", help="where pg_receivewal has left WAL of the cluster"
    )


def _add_elsewhere(parser: CommandParser) -> None:
    group = parser.add_argument_group("on a host that never had the cluster")
    parser.add_value(
        "--source", metavar="NAME", help="the cluster of the repository to restore, from the repository alone", to=group
    )
    parser.add_value(
        "--cluster-data-directory",
        metavar="DIRECTORY",
        help="where the cluster is to come, which is missing or empty; without it as configured here",
        to=group,
    )
    parser.add_number(
        "--cluster-port", allowed=_PORTS, help="its port; without it as configured here, or there", to=group
    )
    group.add_argument(
        "--tablespace-mapping",
        metavar="OLD=NEW",
        action="append",
        default=[],
        dest="tablespaces",
        help="where the tablespace of that location goes; may be given several times",
    )
    parser.add_value("--wal-directory", metavar="DIRECTORY", help="where its WAL goes", to=group)
    group.add_argument("--standby", action="store_true", help="it becomes a standby of its primary")
    parser.add_value(
        "--primary-conninfo",
        metavar="CONNINFO",
        help="how the standby reaches its primary, without a password: nothing is connected to",
        to=group,
    )
    parser.add_value("--primary-slot-name", metavar="NAME", help="the replication slot of the standby", to=group)


def _add_target(parser: CommandParser) -> None:
    parser.add_value("--target-time", metavar="TIME", help="a moment with its UTC offset")
    parser.add_value("--target-lsn", metavar="LSN", help="a position in the WAL")
    parser.add_value("--target-xid", metavar="XID", help="the end of a transaction")
    parser.add_value("--target-name", metavar="NAME", help="a restore point")
    parser.add_argument("--immediate", action="store_true", dest="target_immediate", help="the end of the backup")
    parser.add_argument("--latest", action="store_true", dest="target_latest", help="the end of the WAL")
    parser.add_argument("--exclusive", action="store_true", help="stop before the target instead of behind it")


def run(options: Namespace) -> int:
    """Print the plan; 0. What the playbook's check mode refuses fails in the same words."""
    if not options.plan:
        raise usage_error(
            "'pgpitr restore' shows what a restore would do, and --plan is missing",
            hint="To restore, run the playbook 'restore' on the controller. See 'pgpitr help restore'.",
        )
    result = _result(request_of(options), options)
    sys.stdout.write(json.dumps(result, indent=2) + "\n" if options.json else f"{result['plan_text']}\n")
    return ExitCode.OK


def request_of(options: Namespace) -> RestoreRequest:
    """What is asked for.

    Raises InvalidInput (``target-…``, ``timeline-unknown``, ``action-without-target``, ``setting-…``,
    ``source-differs``, ``usage``).
    """
    directory = options.data_directory
    check_source(options.source, name=options.cluster, directory=directory)
    if not options.source and _given_of_cluster(options):
        raise usage_error(
            "--cluster-data-directory and --cluster-port are for a cluster that this host never had",
            hint="Name it with --source; of a cluster that is here the configuration says where.",
        )
    request = RestoreRequest(
        name=options.source or options.cluster,
        target=RecoveryTarget.choose(
            {kind: getattr(options, f"target_{kind}") for kind in KINDS}, inclusive=not options.exclusive
        ),
        action=options.action,
        timeline=read_timeline(options.timeline),
        backup=options.backup,
        directory=os.path.abspath(directory) if directory else None,
        port=options.port,
        tablespace_roots=tuple(options.tablespace_roots),
        received_directory=options.received_directory,
        settings={**read_settings(dict(_setting(each) for each in options.settings)), **_primary_of(options)},
        source=options.source,
        tablespaces=dict(_mapping(each) for each in options.tablespaces),
        wal_directory=options.wal_directory,
        standby=options.standby,
    )
    request.check()
    return request


def _setting(text: str) -> tuple[str, str]:
    name, _equals, value = text.partition("=")
    return name.strip(), value


def _mapping(text: str) -> tuple[str, str]:
    """The places of a tablespace, there and here, as pg_basebackup reads them: an equals sign in a name is escaped."""
    old, *new = (part.replace(r"\=", "=") for part in _EQUALS.split(text))
    if len(new) != 1:
        raise usage_error(
            f"--tablespace-mapping '{text}' is not OLD=NEW", hint=r"Write an equals sign in a name as '\='."
        )
    return old, new[0]


def _primary_of(options: Namespace) -> dict[str, str]:
    """The settings by which a standby finds its primary."""
    conninfo = options.primary_conninfo or ""
    if redacted(conninfo) != conninfo:
        raise usage_error(
            "--primary-conninfo has a password, and a command line can be seen by others",
            hint="Leave the password out: the plan does not connect to the primary.",
        )
    given = {name: getattr(options, name) for name in ("primary_conninfo", "primary_slot_name")}
    return {name: value for name, value in given.items() if value and options.standby}


def _result(request: RestoreRequest, options: Namespace) -> dict[str, Any]:
    identity = given_identity(None, path=options.age_identity_file)
    known = ConfiguredCluster.read(options.cluster, config_directory=options.config_directory)
    config = {**known.config, **_given_of_cluster(options)}
    configured = replace(known, config=config, identity=identity)
    decision = RestoreCall(
        request,
        configured.repository,
        config_directory=options.config_directory,
        find_cluster=configured.discover,
        connect=configured.connect,
        runner=configured.runner,
        cluster=_known_of_cluster(request, config),
        data_directory=config["data_directory"] or None,
        port=int(config["port"]) if request.source and config["port"] else None,
        again=options.again,
    ).decide()
    path = decision.found.path
    if isinstance(decision.outcome, RestoreJournal):
        return already_to_dict(request, decision.outcome, journal_path=path, hostname=hostname())
    planned = planned_to_dict(decision.outcome, journal_path=path, hostname=hostname())
    if decision.elsewhere is not None:
        planned["configuration_directory"] = decision.elsewhere.configuration_directory
    return planned


def _given_of_cluster(options: Namespace) -> dict[str, str]:
    """What the options say of the cluster on this host, by the names of the configuration."""
    given = {"data_directory": options.cluster_data_directory, "port": options.cluster_port}
    return {name: str(value) for name, value in given.items() if value}


def _known_of_cluster(request: RestoreRequest, config: Mapping[str, str]) -> ClusterRequest:
    """What is sure of the cluster; that of a new one, the administrator has named."""
    if request.source is None:
        # A lost cluster is looked for by what is configured anyway.
        return ClusterRequest()
    return ClusterRequest(bin_directory=config["bin_directory"] or None, os_user=config["os_user"] or None)


__all__ = ("new_parser", "request_of", "run")
