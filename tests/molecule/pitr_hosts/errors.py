# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong while hosts are made, said in a sentence."""

from __future__ import annotations

__all__ = ["HostError", "NotPossibleError"]


class HostError(Exception):
    """A host or an image could not be made; the message says what failed and with what output."""


class NotPossibleError(HostError):
    """This machine cannot run such hosts at all; the message says what is missing."""
