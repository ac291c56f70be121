# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory of a repository, for a host that keeps one and has no cluster."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ..._core.errors import Refused
from ..._core.host.file_step import FileStep, GiveDirectory, MakeDirectory
from ..._io.host.file_steps import check_applicable, missing_directories
from ..._io.privilege.account import Account
from ..._io.privilege.controllers import controllers_of, walked
from ..._io.storage.mount import check_mounted
from ..entry import Outcome, Request
from ..repository import option_missing
from ..steps_diff import steps_diff
from .shared_steps import apply_step, roots_steps

# What mkfs leaves in a file system without files.
_OF_FILE_SYSTEMS = "lost+found"


def ensure_repository(request: Request) -> Outcome:
    """Let the account have the repository's directory, made or given only where root alone controls the path to it."""
    options, account = request.options, request.account
    if not options["repository_path"]:
        raise option_missing("repository_path", hint="A bucket has no directory that could be made.")
    path = options["repository_path"].rstrip("/")
    request.work(lambda: check_mounted(options["repository_mount_point"]))
    missing = missing_directories(path)
    steps = repository_steps(missing, account=account) if missing else _given_repository(path, account=account)
    check_applicable(roots_steps(steps, account=account))
    if not request.check_mode:
        for step in steps:
            apply_step(step, account=account, work=request.work)
    values = {"repository_path": path, "steps": [str(step) for step in steps]}
    return Outcome(bool(steps), values, diff=steps_diff(steps))


def repository_steps(missing: Sequence[str], *, account: Account) -> tuple[FileStep, ...]:
    """The repository's top directory, if it is missing, and the directories above it."""
    if not missing:
        return ()
    owner = (account.uid, account.gid) if os.geteuid() == 0 else None
    return (*(MakeDirectory(parent, 0o755) for parent in missing[:-1]), MakeDirectory(missing[-1], 0o700, owner))


def _given_repository(path: str, *, account: Account) -> tuple[FileStep, ...]:
    """What makes a directory that is there the account's, such as a file system that was just made and mounted."""
    with walked(path) as place:
        owner, where = place.status.st_uid if place.status else None, place.path
    if os.geteuid() != 0 or owner == account.uid:
        return ()
    # By the path as it was named: others may control a link in it.
    if controllers_of(path) != {0} or {*os.listdir(where)} - {_OF_FILE_SYSTEMS}:
        raise Refused(
            f"root does not give '{path}' to '{account.name}': it is not empty, or others than root control it",
            code="place-not-trusted",
            hint="Give it to that user by hand, if it is the repository, or set another 'pitr_repository_path'.",
        )
    return (GiveDirectory(where, 0o700, (account.uid, account.gid)),)


__all__ = ("ensure_repository", "repository_steps")
