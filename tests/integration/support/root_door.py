# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Root's door as a worker that was taken over asks it."""

from __future__ import annotations

import os
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


def refusal(door: RootDoor, operation: str, **arguments: Any) -> str:
    """The code of the error, or the class of what the system says."""
    with pytest.raises((PitrError, OSError, TypeError, ValueError, AttributeError)) as caught:
        door.serve(operation, arguments)
    return caught.value.code if isinstance(caught.value, PitrError) else type(caught.value).__name__


__all__ = ("own", "refusal")
