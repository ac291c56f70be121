# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What root keeps on the host while a job is at work: its guard, as a unit of systemd with all that it runs."""

from __future__ import annotations

import fcntl
import io
import json
import os
import shutil
import sys
import uuid
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from ..._core.errors import PitrError, Refused
from ..._core.host.file_step import FileStep, MakeDirectory, RemoveFile, WriteFile, plan_directory
from ..._core.schedule.guard_unit import guard_name, guard_unit
from ..._io.host.file_steps import apply_file_steps, check_root_controls, look_at
from ..._io.host.files import fsync_directory
from ..._io.host.machine import systemd_runs
from ..._io.host.runner import Runner
from ..._io.privilege.controllers import controllers_of

_UNITS = "/etc/systemd/system"
_GUARDS = "/var/lib/pgpitr/guards"
_PROGRAM = "guard.zip"
_CALL = "call.json"
_WANTS = "multi-user.target.wants"
_SYSTEMCTL = ("systemctl", "--no-ask-password", "--quiet")
_ROOT = (0, 0)
# What is not needed to bring a job to its end, and may hold a secret. The host's memory has the identity.
_LEFT_OUT = ("age_identity", "primary_conninfo", "settings")
_MAIN = """\
import sys

from {module} import {name}

sys.exit({name}())
"""


class GuardFiles:
    """The files of the guard of the job on one data directory."""

    def __init__(self, directory: str, *, runner: Runner, guards: str | None = None) -> None:
        self._directory = directory
        self._name = guard_name(directory)
        self._unit = f"{_UNITS}/{self._name}.service"
        self._guards = guards or _GUARDS
        self._place = f"{self._guards}/{self._name}"
        self._runner = runner

    def keep(self, options: Mapping[str, Any], *, archive: bytes, act: Callable[[], int]) -> None:
        """Let systemd run ``act``, which is in the ``archive`` of a module, now and after each boot.

        Raises PitrError, OSError.
        """
        program = f"{self._place}/{_PROGRAM}"
        unit = guard_unit(
            self._directory, command=[_interpreter(), "-I", "-B", program], service=options.get("service")
        )
        call = {
            "id": uuid.uuid4().hex,
            "directory": self._directory,
            "options": {name: None if name in _LEFT_OUT else value for name, value in options.items()},
        }
        files = [
            WriteFile(program, _with_main(archive, act), 0o600, _ROOT),
            WriteFile(f"{self._place}/{_CALL}", json.dumps(call).encode(), 0o600, _ROOT),
            WriteFile(self._unit, unit.encode(), 0o644, _ROOT),
        ]
        check_root_controls(file.path for file in files)
        apply_file_steps(_directories((os.path.dirname(self._guards), 0o755), (self._guards, 0o700)))
        with _locked(self._guards):
            try:
                apply_file_steps([*_directories((self._place, 0o700)), *files])
                self._systemctl("enable")
                # systemctl makes its link, and does not sync it.
                for directory in (_UNITS, f"{_UNITS}/{_WANTS}"):
                    fsync_directory(directory)
                self._systemctl("restart", "--no-block")
            except BaseException:
                self._remove()
                raise

    def drop(self, call_id: str) -> None:
        """Remove the guard of this call; one that was kept since stays. Raises PitrError, OSError."""
        with _locked(self._guards):
            if read_call(self._place)["id"] != call_id:
                return
            self._remove()

    def _remove(self) -> None:
        """What has secrets goes first; the unit is left to nobody who could start it without them."""
        shutil.rmtree(self._place, ignore_errors=True)
        if os.path.lexists(self._unit):
            with suppress(PitrError):
                # It may be the one that failed; its link goes with the unit all the same.
                self._systemctl("disable")
            links = (f"{_UNITS}/{_WANTS}/{self._name}.service", self._unit)
            apply_file_steps([RemoveFile(path) for path in links if os.path.lexists(path)])
            self._runner.run([*_SYSTEMCTL, "daemon-reload"])

    def _systemctl(self, *words: str) -> None:
        self._runner.run([*_SYSTEMCTL, *words, f"{self._name}.service"])


def read_call(place: str) -> Mapping[str, Any]:
    """What the guard at this place was kept for. Raises OSError, ValueError."""
    with open(f"{place}/{_CALL}", encoding="utf-8") as stream:
        found: Mapping[str, Any] = json.load(stream)
    return found


def guard_keeper(
    options: Mapping[str, Any],
    *,
    archive: Callable[[], bytes | None],
    act: Callable[[], int],
    runner: Runner,
    tell: Callable[[str], None],
) -> Callable[[str], None]:
    """What keeps the guard of the job on a data directory; a job does without one that cannot be kept.

    Once: a worker that was taken over shall not fill root's directories.
    """
    kept: list[str] = []

    def keep(directory: str) -> None:
        content = archive() if systemd_runs() and not kept else None
        if content is None:
            return
        kept.append(directory)
        try:
            GuardFiles(directory, runner=runner).keep(options, archive=content, act=act)
        except (PitrError, OSError) as error:
            tell(f"the job on '{directory}' has no guard: {error}")

    return keep


def _interpreter() -> str:
    """This Python, which root will start again. Raises Refused (``place-not-trusted``), OSError."""
    if controllers_of(sys.executable) != frozenset({0}):
        raise Refused(
            f"root does not start '{sys.executable}' at boot: others can change it, or a directory above it",
            code="place-not-trusted",
            hint="Set 'ansible_python_interpreter' to a Python that root owns, such as /usr/bin/python3.",
        )
    return sys.executable


def _with_main(archive: bytes, act: Callable[[], int]) -> bytes:
    content = io.BytesIO(archive)
    with zipfile.ZipFile(content, "a") as file:
        file.writestr("__main__.py", _MAIN.format(module=act.__module__, name=act.__name__))
    return content.getvalue()


def _directories(*wanted: tuple[str, int]) -> Iterator[FileStep]:
    for path, mode in wanted:
        yield from plan_directory(MakeDirectory(path, mode, _ROOT), present=look_at(path))


@contextmanager
def _locked(guards: str) -> Iterator[None]:
    """One at a time keeps or drops a guard."""
    descriptor = os.open(f"{guards}/lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


__all__ = ("GuardFiles", "guard_keeper", "read_call")
