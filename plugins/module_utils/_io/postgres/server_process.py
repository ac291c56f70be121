# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The processes of a running server, which show what they do as their titles."""

from __future__ import annotations

import os
import signal

from ..host.files import read_text
from .postmaster import postmaster_pid


def signal_server_process(data_directory: str, *, title: str, number: signal.Signals) -> None:
    """Send a signal to the processes of the server in that directory that have this in their title.

    Where there is none, or the system does not let it be seen or signalled, nothing happens.
    """
    server = postmaster_pid(data_directory)
    for entry in os.listdir("/proc") if server is not None else ():
        if entry.isdigit() and _has_title(int(entry), server=server, title=title):
            _signal(int(entry), server=server, title=title, number=number)


def _signal(pid: int, *, server: int | None, title: str, number: signal.Signals) -> None:
    # The descriptor names the process and not its number, which could by now be another's.
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        return
    try:
        if _has_title(pid, server=server, title=title):
            signal.pidfd_send_signal(descriptor, number)
    except OSError:
        return
    finally:
        os.close(descriptor)


def _has_title(pid: int, *, server: int | None, title: str) -> bool:
    """Whether it is the server's own process and has this in its title."""
    try:
        parent = (read_text(f"/proc/{pid}/stat") or "").rpartition(")")[2].split()[1:2]
        return parent == [str(server)] and title in (read_text(f"/proc/{pid}/cmdline") or "")
    except OSError:
        return False


__all__ = ("signal_server_process",)
