# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts of this host that work may be done as."""

from __future__ import annotations

import pwd
from dataclasses import dataclass

from ..._core.errors import InvalidInput, Refused

_HINT = "Set 'pitr_cluster_os_user' to the user that PostgreSQL runs as, or leave it unset."


@dataclass(frozen=True)
class Account:
    """A user of this host, never root."""

    name: str
    uid: int
    gid: int
    home: str


def account_named(name: str) -> Account:
    """The account. Raises InvalidInput (``os-user-unknown``), Refused (``os-user-is-root``)."""
    try:
        return _account(pwd.getpwnam(name))
    except KeyError as error:
        raise InvalidInput(
            f"os_user '{name}' does not exist on this host", code="os-user-unknown", hint=_HINT
        ) from error


def uid_of(name: str) -> int | None:
    """The user id of this name; ``None`` for an unknown one."""
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


def account_of_uid(uid: int) -> Account | None:
    """The account with this user id; ``None`` for root, and for an id without a name."""
    try:
        return None if uid == 0 else _account(pwd.getpwuid(uid))
    except KeyError:
        return None


def first_account(*names: str) -> Account | None:
    """The first of these accounts that this host has."""
    for name in names:
        try:
            return account_named(name)
        except InvalidInput:
            continue
    return None


def _account(entry: pwd.struct_passwd) -> Account:
    if entry.pw_uid == 0:
        raise Refused(
            f"os_user '{entry.pw_name}' has user id 0, and PostgreSQL never runs as root",
            code="os-user-is-root",
            hint=_HINT,
        )
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir)


__all__ = ("Account", "account_named", "account_of_uid", "first_account", "uid_of")
