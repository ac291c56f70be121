# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Acting as the cluster's operating system user, and as root where only root may."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager

from ..._core.errors import InvalidInput, Refused


@contextmanager
def acting_as(user: str) -> Iterator[None]:
    """Inside, effective user and groups are ``user``'s, so files and connections are theirs.

    Does nothing when the process is that user already. Raises InvalidInput (``os-user-unknown``) for an unknown name,
    Refused (``os-user-mismatch``) when the process is neither root nor that user.
    """
    entry = _entry(user)
    if os.geteuid() == entry.pw_uid:
        yield
        return
    if os.getuid() != 0:
        raise Refused(
            f"running as user id {os.getuid()}, but the cluster belongs to '{user}'",
            code="os-user-mismatch",
            hint=f"Run with 'become: true' (root), or log in as '{user}'.",
        )
    before = (os.geteuid(), os.getegid(), os.getgroups())
    _switch(entry.pw_uid, entry.pw_gid, os.getgrouplist(user, entry.pw_gid))
    try:
        yield
    finally:
        _switch(*before)


@contextmanager
def as_root() -> Iterator[None]:
    """Inside, effective ids are root's again where the process was started by root; otherwise nothing changes."""
    if os.getuid() != 0 or os.geteuid() == 0:
        yield
        return
    before = (os.geteuid(), os.getegid(), os.getgroups())
    _switch(0, 0, [0])
    try:
        yield
    finally:
        _switch(*before)


def _entry(user: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(user)
    except KeyError as error:
        raise InvalidInput(
            f"os_user '{user}' does not exist on this host",
            code="os-user-unknown",
            hint="Set 'pitr_cluster_os_user' to the user that PostgreSQL runs as, or leave it unset.",
        ) from error


def _switch(uid: int, gid: int, groups: list[int]) -> None:
    # Groups can only be changed as root, so root comes first and the user last.
    os.seteuid(0)
    os.setgroups(groups)
    os.setegid(gid)
    os.seteuid(uid)


__all__ = ("acting_as", "as_root")
