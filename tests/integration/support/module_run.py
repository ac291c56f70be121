# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of a module as a real process on this host."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from support.hosted_module import ENVIRONMENT, hosted
from support.module_payload import ansible_arguments, payload, unpacked_module
from support.os_user import OsUser
from support.places import scratch_base


@dataclass(frozen=True)
class ModuleRun:
    """What a module answered; `run["key"]` reads its result."""

    module: str
    arguments: Mapping[str, Any]
    result: Mapping[str, Any]
    exit_code: int
    stderr: str

    def __getitem__(self, key: str) -> Any:
        try:
            return self.result[key]
        except KeyError:
            raise AssertionError(f"result has no {key!r}:\n{self.describe()}") from None

    @property
    def changed(self) -> bool:
        """What Ansible would count as changed."""
        return bool(self.result.get("changed", False))

    @property
    def failed(self) -> bool:
        """What Ansible would count as failed."""
        return bool(self.result.get("failed", False)) or self.exit_code != 0

    @property
    def code(self) -> str:
        """The error's stable code; empty for a success."""
        return str(self.result.get("code", ""))

    def describe(self) -> str:
        """Everything about the run, for a failing test's output."""
        shown = json.dumps(self.result, indent=2, default=str, sort_keys=True)
        return f"--- module {self.module} {json.dumps(dict(self.arguments), default=str)}\n{shown}\n{self.stderr}"


def run(
    name: str,
    arguments: Mapping[str, Any],
    *,
    check: bool,
    diff: bool,
    os_user: OsUser,
    interpreter: str = "",
    environment: Mapping[str, str] | None = None,
    timeout_seconds: float = 180,
) -> ModuleRun:
    """Pack a module of the installed collection as Ansible does, run it as `os_user`, read its JSON."""
    remote_tmp = str(scratch_base() / f"pitr-remote-{os_user.uid}")
    given = {**arguments, **ansible_arguments(remote_tmp=remote_tmp, check=check, diff=diff)}
    program = interpreter or sys.executable
    unpacked = unpacked_module(name, interpreter=program)
    done = None
    if unpacked is not None and not interpreter and environment is None:
        done = hosted(unpacked, os_user).run(unpacked.stdin(given), timeout_seconds=timeout_seconds)
    if done is None:
        done = os_user.run(
            unpacked.argv(program) if unpacked else [program],
            stdin=unpacked.stdin(given) if unpacked else payload(name, given, interpreter=program),
            check=False,
            extra_environment={**ENVIRONMENT, **(environment or {})},
            timeout_seconds=timeout_seconds,
        )
    try:
        result = json.loads(done.stdout)
    except ValueError:
        result = {"failed": True, "msg": "the module's output is not JSON", "stdout": done.stdout}
    return ModuleRun(
        module=name, arguments=arguments, result=result, exit_code=done.returncode, stderr=_relevant(done.stderr)
    )


def _relevant(stderr: str) -> str:
    return os.linesep.join(line for line in stderr.splitlines() if line.strip())
