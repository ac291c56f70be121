# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only door to root's rights: the root process serves the operations below to its worker, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from ..._core.errors import Refused
from . import root
from .account import Account
from .program import Answer, run_program
from .root_configuration import replace_configuration
from .root_directories import RootDirectories
from .root_services import RootServices

_PLAIN = (str, int, float)


class RootDoor:
    """Serves a worker of one account, which may have been taken over: each operation checks what it is asked for.

    ``directories`` (without links) and ``services`` are those that the administrator named; ``tell`` takes a line of
    progress; ``keep_guard`` lets the host see the job on a data directory through.
    """

    def __init__(
        self,
        account: Account,
        *,
        directories: frozenset[str] = frozenset(),
        services: frozenset[str] = frozenset(),
        tell: Callable[[str], None] = lambda _line: None,
        keep_guard: Callable[[str], None] = lambda _directory: None,
    ) -> None:
        self._account = account
        places = RootDirectories(account, named=directories)
        managers = RootServices(account, given=services)
        self._operations: Mapping[str, Callable[..., Any]] = {
            root.CONTROL_SERVICE: managers.control,
            root.GIVE_DIRECTORY: places.give_directory,
            root.KEEP_GUARD: partial(self._keep_guard, keep_guard, places),
            root.MAKE_DIRECTORY: places.make_directory,
            root.MAKE_LOCK: places.make_lock,
            root.REMOVE_DIRECTORY: places.remove_directory,
            root.REMOVE_FILE: places.remove_file,
            root.RENAME: places.rename,
            root.REPLACE_CONFIGURATION: partial(replace_configuration, account=account),
            root.SERVICE_JOURNAL: managers.journal,
            root.START_SERVER: self._start_server,
            root.TELL: lambda *, line: tell(str(line)),
            root.WRITE_FILE: places.write_file,
        }

    def serve(self, operation: str, arguments: Mapping[str, Any]) -> Any:
        """Carry out one operation; the result is plain data. Raises PitrError, OSError."""
        act = self._operations.get(operation)
        if act is None or (
            operation != root.START_SERVER and not all(isinstance(each, _PLAIN) for each in arguments.values())
        ):
            raise Refused(
                f"root was asked for '{operation}', which it does not do",
                code="operation-not-trusted",
                hint="A module never asks for it: find out who runs as the cluster's user on this host.",
            )
        return act(**arguments)

    def _keep_guard(self, keep: Callable[[str], None], places: RootDirectories, *, directory: str) -> None:
        """Where a job of the account is at work: it has written its record there."""
        places.check_record(directory)
        keep(directory)

    def _start_server(self, *, argv: Sequence[str], environment: Mapping[str, str], timeout_seconds: float) -> Answer:
        """Run ``pg_ctl`` as the account: only its rights can be lost there, and a server may want sudo later."""
        account = self._account
        return run_program(
            [str(word) for word in argv],
            {str(name): str(value) for name, value in environment.items()},
            timeout_seconds=float(timeout_seconds),
            user=account.uid,
            group=account.gid,
            extra_groups=os.getgrouplist(account.name, account.gid),
        )


__all__ = ("RootDoor",)
