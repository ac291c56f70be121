# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which machine this is, for the repository's list of writers."""

from __future__ import annotations

import os

from .._core.repository.cluster_document import may_write, writer_unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def machine_id() -> str:
    """The content of ``/etc/machine-id``; empty where the host has none (the host name must tell it apart then)."""
    try:
        with open("/etc/machine-id", "rb") as stream:
            return stream.read().decode("ascii", "replace").strip()
    except OSError:
        return ""


def hostname() -> str:
    """The kernel's name of this host, as ``uname -n`` prints it."""
    return os.uname().nodename


def check_writer(document: dict[str, Any], *, data_directory: str) -> None:
    """Return when the cluster in this data directory (links resolved) of this host may write; ``cluster.json`` tells.

    Raises Refused (``writer-unknown``).
    """
    host = hostname()
    if not may_write(document, machine_id=machine_id(), hostname=host, data_directory=data_directory):
        raise writer_unknown(document, hostname=host, data_directory=data_directory)


__all__ = ("check_writer", "hostname", "machine_id")
