# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that decide who gets into a recovering server."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ...._core.recovery.access import RecoveryAccess, access_directory, hba_text, ident_text
from ...._io.host.files import fsync_directory, read_text, write_durably, write_failed

_CLOSED = "closed"
_OPEN = "open"
_LINKS = ("hba", "ident")


def stage_access(base: str, access: RecoveryAccess, *, os_user: str, roles: Iterable[str]) -> None:
    """Write the files of a recovery into the restored directory ``base``; only these roles get in.

    Raises Unavailable (``write-failed``).
    """
    directory = access_directory(base)
    texts = {"hba": hba_text(), "ident": ident_text(os_user, roles=roles)}
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
        for file in access.files:
            os.makedirs(f"{directory}/{file.kind}.{_CLOSED}", mode=0o700, exist_ok=True)
            write_durably(f"{directory}/{file.kind}.{_CLOSED}/{file.name}", texts[file.kind].encode())
            _link(f"{directory}/{file.kind}.{_OPEN}", os.path.dirname(file.everyday))
            _link(f"{directory}/{file.kind}", f"{file.kind}.{_CLOSED}")
        fsync_directory(directory)
    except OSError as error:
        raise write_failed(directory, error) from error


def admit(data_directory: str, *, os_user: str, roles: Iterable[str]) -> bool:
    """Let in these roles and no other; whether the files were changed, so that a running server has to reload.

    Raises Unavailable (``write-failed``).
    """
    directory = access_directory(data_directory)
    wanted = ident_text(os_user, roles=roles)
    closed = f"{directory}/ident.{_CLOSED}"
    (name,) = os.listdir(closed)
    changed = read_text(f"{closed}/{name}") != wanted
    if changed:
        write_durably(f"{closed}/{name}", wanted.encode())
    return _turn(data_directory, to=_CLOSED) or changed


def let_everybody_in(data_directory: str) -> bool:
    """Let the links lead to the files of everyday; whether they did not, so that a running server has to reload.

    Raises Unavailable (``write-failed``).
    """
    return _turn(data_directory, to=_OPEN)


def _turn(data_directory: str, *, to: str) -> bool:
    directory, changed = access_directory(data_directory), False
    try:
        for kind in _LINKS:
            if os.readlink(f"{directory}/{kind}") != f"{kind}.{to}":
                _link(f"{directory}/{kind}", f"{kind}.{to}")
                changed = True
        fsync_directory(directory)
    except OSError as error:
        raise write_failed(directory, error) from error
    return changed


def _link(path: str, target: str) -> None:
    temporary = f"{path}.new"
    if os.path.lexists(temporary):
        os.unlink(temporary)
    os.symlink(target, temporary)
    os.rename(temporary, path)


__all__ = ("admit", "let_everybody_in", "stage_access")
