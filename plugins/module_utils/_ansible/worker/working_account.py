# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The account that a module works as when root runs it, and what the administrator named for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from ..._core.errors import InvalidInput
from ..._io.host.agent_config import read_agent_config
from ..._io.privilege.account import Account, account_named, account_of_uid, first_account
from ..._io.privilege.controllers import walked
from ..._io.privilege.door import RootDoor

# PostgreSQL's user in the packages of every distribution; without it, nobody who could read anything.
_USUAL = ("postgres", "nobody")
_NAMED_DIRECTORIES = ("data_directory", "restore_data_directory")


def working_account(options: Mapping[str, Any], *, configured: Mapping[str, str]) -> Account:
    """The user this is, or, as root, the one to become: never root itself.

    The option ``os_user``; else the owner of the data directory that was named, or of the repository for a module that
    knows no cluster; else what the program's configuration says (``configured``); else PostgreSQL's user. Raises
    InvalidInput (``os-user-unknown``), Refused (``os-user-is-root``).
    """
    if os.geteuid() != 0:
        return _present()
    if options.get("os_user"):
        return account_named(options["os_user"])
    found = _named_owner(options) or first_account(*filter(None, [configured.get("os_user")]), *_USUAL)
    if found is None:
        raise InvalidInput(
            "this host has no user 'postgres'",
            code="os-user-unknown",
            hint="Set 'pitr_cluster_os_user' to the user that PostgreSQL runs as.",
        )
    return found


def door_of(
    options: Mapping[str, Any],
    account: Account,
    *,
    configured: Mapping[str, str],
    tell: Callable[[str], None],
    keep_guard: Callable[[str], None] = lambda _directory: None,
) -> RootDoor:
    """Root's door for that account: what the administrator named is open to it."""
    named = [options.get(name) for name in _NAMED_DIRECTORIES]
    if configured.get("os_user") == account.name:
        named.append(configured["data_directory"])
    named += options.get("tablespace_roots") or []
    named += [*map(str, (options.get("tablespaces") or {}).values()), options.get("restore_wal_directory")]
    places = [_place_of(path) for path in named if path and path.startswith("/")]
    return RootDoor(
        account,
        directories=frozenset(place for place in places if place is not None),
        services=frozenset({options["service"].removesuffix(".service")} if options.get("service") else ()),
        tell=tell,
        keep_guard=keep_guard,
    )


def _present() -> Account:
    uid = os.geteuid()
    # A container may run under a number that has no name.
    return account_of_uid(uid) or Account(str(uid), uid, os.getegid(), home="/")


def _named_owner(options: Mapping[str, Any]) -> Account | None:
    names = _NAMED_DIRECTORIES if "data_directory" in options else ("repository_path",)
    for path in (options.get(name) for name in names):
        owner = _owner(path) if path and path.startswith("/") else None
        if owner is not None:
            return owner
    return None


def _owner(path: str) -> Account | None:
    """Whose it is, if nobody but root and that user decides where the path leads; ``None``: root's, or not known.

    Otherwise somebody else could lead the work, by a link or another directory, to any user of the host.
    """
    try:
        with walked(path) as place:
            if place.status is not None and place.controllers <= {0, place.status.st_uid}:
                return account_of_uid(place.status.st_uid)
    except OSError:
        return None
    return None


def configuration_of(options: Mapping[str, Any]) -> Mapping[str, str]:
    """What the administrator had the program told of this cluster; nothing where there is no such file.

    Only root asks for it. Raises Refused (``config-not-trusted``).
    """
    directory, name = options.get("config_directory"), options.get("name")
    if not directory or not name or os.geteuid() != 0:
        return {}
    try:
        return read_agent_config(directory, cluster_name=name)
    except InvalidInput:
        return {}


def _place_of(path: str) -> str | None:
    """The path with the links in it resolved as far as it exists; ``None``: others than root control where it leads.

    They have chosen the place as much as the administrator, and could have chosen any directory of root's.
    """
    missing: list[str] = []
    while True:
        try:
            with walked(path) as place:
                return os.path.join(place.path, *missing) if place.controllers == {0} else None
        except OSError:
            missing.insert(0, os.path.basename(path.rstrip("/")))
            path = os.path.dirname(path.rstrip("/")) or "/"


__all__ = ("configuration_of", "door_of", "working_account")
