# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which machine this is, and what runs its services."""

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


def machine() -> str:
    """The processor's architecture, as ``uname -m`` prints it."""
    return os.uname().machine


def glibc_version() -> str:
    """The C library's version, such as ``2.36``, which PostgreSQL takes for that of its collations; empty: another one.

    Source: PostgreSQL, ``pg_locale.c`` (get_collation_actual_version).
    """
    try:
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").rpartition(" ")[2]
    except (ValueError, OSError):
        return ""


def systemd_runs() -> bool:
    """Whether systemd is this host's first process (sd_booted(3))."""
    return os.path.isdir("/run/systemd/system")


__all__ = ("glibc_version", "hostname", "machine", "machine_id", "systemd_runs")
