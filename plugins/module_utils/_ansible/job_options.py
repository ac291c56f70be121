# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a recovery is followed, checked and ended: options of the module recovery, and of a restore that goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RECOVERY_OPTIONS: Mapping[str, Any] = {
    "checks": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "sql": {"type": "str", "required": True},
            "expect": {"type": "str", "required": True},
            "database": {"type": "str", "default": "postgres"},
        },
    },
    "checks_user": {"type": "str"},
    "timeout_seconds": {"type": "int", "default": 0},
    "stall_timeout_seconds": {"type": "int", "default": 300},
    "start_timeout_seconds": {"type": "int", "default": 300},
    "archive_timeout_seconds": {"type": "int", "default": 120},
}


def recovery_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """A restore's options as those of its recovery; where it has none, with their defaults."""
    defaults = {name: spec.get("default") for name, spec in RECOVERY_OPTIONS.items()}
    given = {name: None if value == "" else value for name, value in (options["recovery"] or {}).items()}
    return {**options, **defaults, **given, "state": "finished"}


__all__ = ("RECOVERY_OPTIONS", "recovery_options")
