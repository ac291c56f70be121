# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a worker that may have been taken over answers: checked before root, or Ansible on the controller, obeys it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..._core.errors import Refused
from ..._io.privilege.account import Account
from ..._io.privilege.controllers import walked

_NAME = re.compile(r"[a-z][a-z0-9_]*")
# By these any module's result sets variables of hosts, and adds hosts and groups to the inventory. Source:
# StrategyBase._process_pending_results in ansible/plugins/strategy/__init__.py.
_OBEYED = ("ansible_", "add_host", "add_group", "invocation")


def check_result(values: Mapping[str, Any]) -> None:
    """Return when Ansible takes these names for nothing but values. Raises Refused (``answer-not-trusted``).

    >>> check_result({"changed": True, "backups": []})
    """
    for name in values:
        if not _NAME.fullmatch(name) or name.startswith(_OBEYED):
            raise _not_trusted(f"its result has '{name[:80]}', which Ansible obeys")


def check_choice(chosen: str, *, among: Iterable[str]) -> str:
    """The choice, which is one of those that it had. Raises Refused (``answer-not-trusted``)."""
    if chosen not in among:
        raise _not_trusted(f"it has chosen '{chosen[:80]}', which it was not offered")
    return chosen


def check_own_directory(path: str, *, account: Account) -> None:
    """Return when that directory is the account's. Raises Refused (``answer-not-trusted``).

    Root writes it down, and takes it for a place of the cluster's from then on.
    """
    try:
        with walked(path) as place:
            if place.status is not None and place.is_directory and place.status.st_uid == account.uid:
                return
    except (OSError, ValueError):
        pass
    raise _not_trusted(f"'{path[:200]}' is no directory of '{account.name}'")


def _not_trusted(why: str) -> Refused:
    return Refused(
        f"the part of the module that works as PostgreSQL's account gave an answer that it never gives: {why}",
        code="answer-not-trusted",
        hint="Find out who runs as that account on this host. Nothing was obeyed.",
    )


__all__ = ("check_choice", "check_own_directory", "check_result")
