# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a rolled-back restore has brought the old cluster back, and modules that a test kills."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from support.module_payload import ansible_arguments, payload
from support.restoring import Site

ALL_ROWS = [0, 1, 2, 3, 4, 5]


def journal_of(site: Site) -> Path:
    return Path(f"{site.cluster.data}.pitr-journal.json")


def assert_old_cluster_is_back(site: Site) -> None:
    assert site.rows() == ALL_ROWS
    assert site.cluster.value("SELECT NOT pg_is_in_recovery()")
    assert site.timeline() == site.newest_timeline()
    assert not journal_of(site).exists()
    assert not Path(f"{site.cluster.data}.pitr-old").exists()


def start_module(
    site: Site,
    name: str,
    options: dict[str, Any],
    *,
    stdout: int = subprocess.DEVNULL,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """A module as a process that can be killed; it hears nothing of the test's signals."""
    user = site.workbench.os_user
    internal = ansible_arguments(remote_tmp=str(site.workbench.directory / "remote"))
    program = site.workbench.directory / f"{name}.py"
    program.write_bytes(payload(name, {**options, **internal}, interpreter=sys.executable))
    program.chmod(0o755)
    return subprocess.Popen(
        [sys.executable, str(program)],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        env=user.environment({"PYTHONDONTWRITEBYTECODE": "1", **(environment or {})}),
        cwd="/",
        start_new_session=True,
        **user.popen_options(),
    )


def kill(process: subprocess.Popen[bytes], *, with_job: bool = False) -> None:
    """SIGKILL to the module and whatever it runs in its session, not to the servers that it started.

    A job of the module is in a session of its own, and is only killed ``with_job``, as when the host crashes.
    """
    if process.poll() is not None:
        return
    # Stopped, so that it does not begin a job behind the look.
    os.kill(process.pid, signal.SIGSTOP)
    sessions = {process.pid, *(_jobs_of(process.pid) if with_job else ())}
    for session in sessions:
        with contextlib.suppress(ProcessLookupError):
            os.kill(session, signal.SIGKILL)
    for pid, fields in _processes():
        with contextlib.suppress(OSError):
            if int(fields[3]) in sessions and "postgres" not in Path(f"/proc/{pid}/comm").read_text():
                os.kill(pid, signal.SIGKILL)
    process.wait(timeout=30)


def _jobs_of(module: int) -> list[int]:
    """The children of a module that lead a session, or are about to."""
    return [pid for pid, fields in _processes() if int(fields[1]) == module]


def _processes() -> Iterator[tuple[int, list[str]]]:
    """The number of each process, and the fields of its ``stat`` behind the name."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            yield int(process.name), (process / "stat").read_text().rpartition(")")[2].split()


def roll_back_unfinished(site: Site) -> None:
    rolled_back = site.workbench.run_module(
        "restore", {**site.options, "state": "rolled_back", "unfinished_only": True, "confirm": None}
    )
    if not site.cluster.is_running():
        pytest.fail(f"the cluster is not running after the rollback\n{rolled_back.describe()}")
    assert_old_cluster_is_back(site)
