# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Choosing the Python that the installed program runs under."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from ..._core.errors import PitrError, Unavailable
from ..._core.repository.s3_connection_error import library_missing
from .runner import Runner

_OLDEST = (3, 9)
_QUESTION = (
    "import sys; from _frozen_importlib_external import MAGIC_NUMBER; print(*sys.version_info[:2], MAGIC_NUMBER.hex())"
)

_BOTO3 = "import site; site.main(); import boto3"


def candidates() -> list[str]:
    """Interpreters to try: the one that runs this (outside its virtual environment), then the system's."""
    mine = [path for path in (getattr(sys, "_base_executable", None), sys.executable) if path]
    named = [path for path in map(_versionless, mine) if path]
    return list(dict.fromkeys([*named[:1], *mine, "/usr/bin/python3"]))


def _versionless(path: str) -> str | None:
    """``python3`` beside ``python3.11`` when it is the same: that name outlives an upgrade of the system."""
    name = os.path.join(os.path.dirname(path), "python3")
    return name if os.path.realpath(name) == os.path.realpath(path) else None


def choose_interpreter(paths: Iterable[str], *, runner: Runner, needs_boto3: bool = False) -> tuple[str, bytes]:
    """The first of these that the effective user can run and that is new enough, with its magic number.

    ``needs_boto3``: it also has that. Raises Unavailable (``python-unusable``, ``boto3-missing``).
    """
    reasons, without_boto3 = [], ""
    for path in paths:
        try:
            answer = runner.run([path, "-IS", "-c", _QUESTION], timeout_seconds=30).stdout.split()
            version = (int(answer[0]), int(answer[1]))
        except (PitrError, PermissionError, ValueError, IndexError) as error:
            reasons.append(f"{path}: {error}")
            continue
        if version >= _OLDEST:
            if not needs_boto3 or _has_boto3(path, runner=runner):
                return path, bytes.fromhex(answer[2])
            without_boto3 = without_boto3 or path
            continue
        reasons.append(f"{path} is Python {version[0]}.{version[1]}")
    if without_boto3:
        raise library_missing(without_boto3)
    raise Unavailable(
        f"found no Python 3.9 or later that PostgreSQL's user can run: {'; '.join(reasons)}",
        code="python-unusable",
        hint="Install the system's python3, and let that user read and execute it.",
    )


def _has_boto3(path: str, *, runner: Runner) -> bool:
    """Whether the program would find it there, which starts without the directories of installed packages."""
    return runner.run([path, "-IS", "-c", _BOTO3], check=False, timeout_seconds=60).rc == 0


__all__ = ("candidates", "choose_interpreter")
