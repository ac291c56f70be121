# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Root's door as a worker that was taken over asks it."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.account import Account
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.door import RootDoor


def own(path: Path, account: Account) -> Path:
    """A new directory of the account."""
    path.mkdir()
    os.chown(path, account.uid, account.gid)
    return path


def let_write(path: Path, account: Account, *, by: str) -> None:
    """Let the account write to a directory as one in other ways than by owning it: its group, or an access list."""
    os.chown(path, 0, account.gid if by == "group" else 0)
    path.chmod(0o775)
    if by == "access list":
        os.setxattr(path, "system.posix_acl_access", access_list(account.uid))


def access_list(uid: int) -> bytes:
    """One that lets a user write, besides root and root's group. Source: linux/posix_acl_xattr.h."""
    nobody = 0xFFFFFFFF
    entries = ((0x01, 7, nobody), (0x02, 7, uid), (0x04, 5, nobody), (0x10, 7, nobody), (0x20, 5, nobody))
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def refusal(door: RootDoor, operation: str, **arguments: Any) -> str:
    """The code of the error, or the class of what the system says."""
    with pytest.raises((PitrError, OSError, TypeError, ValueError, AttributeError)) as caught:
        door.serve(operation, arguments)
    return caught.value.code if isinstance(caught.value, PitrError) else type(caught.value).__name__


__all__ = ("access_list", "let_write", "own", "refusal")
