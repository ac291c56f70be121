# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings as a running server sees them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ServerSetting:
    """A row of ``pg_settings``: the value in force, its source, and its context."""

    name: str
    context: str
    value: str
    source: str
    default: str
    pending_restart: bool


@dataclass(frozen=True)
class FileSetting:
    """A row of ``pg_file_settings``: a line of a configuration file, in reading order.

    ``value`` is as written. ``name`` is ``None`` for a line without a setting; ``error`` says what is wrong with it.
    ``file`` is empty for an error that belongs to no line.
    """

    file: str
    line_number: int
    name: str | None
    value: str | None
    error: str | None = None


__all__ = ("FileSetting", "ServerSetting")
