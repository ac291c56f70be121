# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The version of the collection, which is also the program's; a test compares it with ``galaxy.yml``."""

from __future__ import annotations

VERSION = "0.1.0"

__all__ = ("VERSION",)
