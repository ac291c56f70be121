# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps on files of which root does its own, and the worker those of its account."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from ..._core.host.file_step import FileStep, MakeDirectory
from ..._io.host.file_steps import apply_file_steps, check_root_controls, existing_part
from ..._io.privilege.account import Account
from ..._io.privilege.controllers import controllers_of


def roots_steps(steps: Iterable[FileStep], *, account: Account) -> list[FileStep]:
    """The steps that this process does itself: where root is not alone, the cluster's user does what is its own."""
    return [step for step in steps if os.geteuid() != 0 or not _is_users(step, account=account)]


def apply_step(step: FileStep, *, account: Account, work: Callable[[Callable[[], Any]], Any]) -> None:
    """Carry out one step, durably. Raises Unavailable (``write-failed``), Refused (``place-not-trusted``)."""
    if os.geteuid() == 0 and _is_users(step, account=account):
        work(lambda: apply_file_steps((step,)))
        return
    # Another cluster of this host, set up at the same time, may have made the directory, which then is its user's.
    check_root_controls((os.path.dirname(step.path) if isinstance(step, MakeDirectory) else step.path,))
    apply_file_steps((step,))


def _is_users(step: FileStep, *, account: Account) -> bool:
    controllers = controllers_of(existing_part(os.path.dirname(step.path)))
    return account.uid in controllers and controllers <= {0, account.uid}


__all__ = ("apply_step", "roots_steps")
