# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The running servers of this host, as the operating system shows them."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ..._core.postgres.postmaster_file import PostmasterFile
from ..host.files import read_text

_NAMES = ("postgres", "postmaster")


@dataclass(frozen=True)
class Postmaster:
    """One running server. ``log_file`` is where its standard error goes when that is a file."""

    pid: int
    data_directory: str
    bin_directory: str
    arguments: tuple[str, ...]
    log_file: str | None
    unit: str | None


def running_postmasters(*, proc: str = "/proc") -> tuple[tuple[Postmaster, ...], tuple[str, ...]]:
    """This user's servers whose data directory is visible from here, in the order of their ids; and in words the other
    users whose programs are called so, too."""
    pids = sorted(int(entry) for entry in os.listdir(proc) if entry.isdigit())
    owners = {pid: _owner(pid, proc=proc) for pid in pids if _comm(pid, proc=proc) in _NAMES}
    mine = (postmaster_of(pid, proc=proc) for pid, owner in owners.items() if owner == os.geteuid())
    others = {owner: pid for pid, owner in reversed(owners.items()) if owner not in (None, os.geteuid())}
    told = (
        f"process {pid} of user id {owner} is called 'postgres' and was passed over: if it is the cluster, set"
        " 'pitr_cluster_os_user' to that user"
        for owner, pid in others.items()
    )
    return tuple(postmaster for postmaster in mine if postmaster is not None), tuple(told)


def postmaster_of(pid: int, *, proc: str = "/proc") -> Postmaster | None:
    """The server with this process id; ``None`` when it is none, is gone, or belongs to another container."""
    here = f"{proc}/{pid}"
    try:
        data_directory = os.readlink(f"{here}/cwd")
        if not os.path.samefile(f"{here}/cwd", data_directory):
            return None
        if postmaster_pid(data_directory) != pid:
            return None
        # A package upgrade under a running server leaves the old program without a name.
        program = os.readlink(f"{here}/exe").removesuffix(" (deleted)")
        arguments = _words(f"{here}/cmdline")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    return Postmaster(
        pid, data_directory, os.path.dirname(program), arguments[1:], _log_file(here), _unit(f"{here}/cgroup")
    )


def postmaster_file(data_directory: str) -> PostmasterFile | None:
    """The content of ``postmaster.pid``; ``None`` when there is none or it is still empty."""
    text = read_text(f"{data_directory}/postmaster.pid")
    return PostmasterFile.parse(text) if text else None


def postmaster_pid(data_directory: str) -> int | None:
    """The process id of the server that runs on the data directory, ``None`` when none does.

    A ``postmaster.pid`` left behind by a crash names a process that is gone, or by now another program: a process only
    counts when it stands in this data directory.
    """
    content = postmaster_file(data_directory)
    if content is None or not is_alive(content.pid):
        return None
    try:
        stands_here = os.path.samefile(f"/proc/{content.pid}/cwd", data_directory)
    except PermissionError:
        return content.pid
    except OSError:
        return None
    return content.pid if stands_here else None


def server_in(directory: str, *, proc: str = "/proc") -> int | None:
    """The process id of this user's server that stands in the directory, whether it has made its lock file yet or not.

    It may have been renamed since the server was told to start on it. Children of a server that is gone are none.
    """
    for entry in sorted(filter(str.isdigit, os.listdir(proc)), key=int):
        pid = int(entry)
        try:
            if (
                _comm(pid, proc=proc) in _NAMES
                and _owner(pid, proc=proc) == os.geteuid()
                and os.path.samefile(f"{proc}/{entry}/cwd", directory)
                # Each child has a title of its own.
                and not _words(f"{proc}/{entry}/cmdline")[0].startswith("postgres: ")
            ):
                return pid
        except OSError:
            continue
    return None


def is_alive(pid: int) -> bool:
    """Whether a process with this id exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _comm(pid: int, *, proc: str) -> str | None:
    try:
        return (read_text(f"{proc}/{pid}/comm") or "").strip()
    except OSError:
        return None


def _owner(pid: int, *, proc: str) -> int | None:
    try:
        return os.stat(f"{proc}/{pid}").st_uid
    except OSError:
        return None


def _words(path: str) -> tuple[str, ...]:
    return tuple((read_text(path) or "").rstrip("\0").split("\0"))


def _log_file(here: str) -> str | None:
    target = os.readlink(f"{here}/fd/2")
    return target if target.startswith("/") and os.path.isfile(target) else None


def _unit(path: str) -> str | None:
    # The unit is the last part of the control group's path: /system.slice/…/postgresql@15-main.service
    for line in (read_text(path) or "").splitlines():
        last = line.rpartition("/")[2]
        if last.endswith(".service"):
            return last.removesuffix(".service")
    return None


__all__ = (
    "Postmaster",
    "is_alive",
    "postmaster_file",
    "postmaster_of",
    "postmaster_pid",
    "running_postmasters",
    "server_in",
)
