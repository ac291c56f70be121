# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which machine this is, for the repository's list of writers."""

from __future__ import annotations

import os


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


__all__ = ("hostname", "machine_id")
