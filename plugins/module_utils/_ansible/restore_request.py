# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From options of the modules restore and recovery to typed requests."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .._core.recovery.access import check_role_name
from .._core.recovery.given_settings import read_settings
from .._core.recovery.request import RecoveryRequest, SqlCheck
from .._core.restore.request import RestoreRequest, check_source
from .._core.restore.scope import RestoreScope
from .._core.target.parsing import read_timeline
from .._core.target.recovery_target import KINDS, PAUSE, PROMOTE, SHUTDOWN, RecoveryTarget

STANDBY = "standby"
_ACTIONS = {"promoted": PROMOTE, "paused": PAUSE, "stopped": SHUTDOWN}


def request_of(options: Mapping[str, Any]) -> RestoreRequest:
    """What the user asks for.

    Raises InvalidInput (``target-…``, ``timeline-unknown``, ``action-without-target``, ``limit-missing``,
    ``setting-…``).
    """
    inclusive = options["target_inclusive"]
    directory = options["restore_data_directory"]
    request = RestoreRequest(
        name=options["source"] or options["name"],
        target=RecoveryTarget.choose(
            {kind: options[f"target_{kind}"] for kind in KINDS}, inclusive=inclusive is None or bool(inclusive)
        ),
        action=options["target_action"],
        timeline=read_timeline(options["target_timeline"]),
        backup=options["backup"],
        directory=os.path.abspath(directory) if directory else None,
        port=options["restore_port"],
        scope=scope_of(options),
        tablespace_roots=tuple(options["tablespace_roots"]),
        received_directory=options["received_directory"],
        settings={**read_settings(options["settings"]), **_primary_of(options)},
        standby=options["restore_as"] == STANDBY,
        source=_source_of(options),
        tablespaces={str(old): str(new) for old, new in options["tablespaces"].items()},
        wal_directory=options["restore_wal_directory"],
    )
    request.check()
    return request


def _primary_of(options: Mapping[str, Any]) -> dict[str, str]:
    """The settings by which a standby finds its primary."""
    if options["restore_as"] != STANDBY:
        return {}
    given = {name: options[name] for name in ("primary_conninfo", "primary_slot_name")}
    return {name: str(value) for name, value in given.items() if value}


def _source_of(options: Mapping[str, Any]) -> str | None:
    """The cluster of the repository that this host need not have."""
    source = options["source"] or None
    check_source(source, name=options["name"], directory=options["restore_data_directory"])
    return source


def scope_of(options: Mapping[str, Any]) -> RestoreScope:
    """How many clusters the run is about, and whether that is meant."""
    return RestoreScope(options["cluster_count"], options["limited"], options["fleet"])


def recovery_request_of(options: Mapping[str, Any]) -> RecoveryRequest:
    """How the recovery is to end."""
    return RecoveryRequest(
        action=_ACTIONS.get(options["state"]),
        checks=tuple(SqlCheck(check["sql"], check["expect"], check["database"]) for check in options["checks"]),
        checks_user=_checks_user(options["checks_user"]),
        login_user=options["login_user"],
        timeout_seconds=options["timeout_seconds"],
        stall_timeout_seconds=options["stall_timeout_seconds"],
        start_timeout_seconds=options["start_timeout_seconds"],
        archive_timeout_seconds=options["archive_timeout_seconds"],
        rolls_back_on_failure=options["undo_on_failure"],
    )


def _checks_user(role: str | None) -> str | None:
    if role is not None:
        check_role_name(role)
    return role


__all__ = ("recovery_request_of", "request_of", "scope_of")
