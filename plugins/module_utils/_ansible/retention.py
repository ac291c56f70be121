# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The retention policy in a module's options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._core.retention.policy import RetentionPolicy
from .spec import RETENTION_OPTIONS


def retention_of(options: Mapping[str, Any]) -> RetentionPolicy:
    """What the module's options ask to keep."""
    return RetentionPolicy(**{name: options[name] for name in RETENTION_OPTIONS})


__all__ = ("retention_of",)
