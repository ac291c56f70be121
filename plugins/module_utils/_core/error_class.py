# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The class of an error that another process has told of."""

from __future__ import annotations

from . import errors
from .errors import PitrError


def error_class(name: str) -> type[PitrError]:
    """The class with this name; PitrError itself for an unknown one.

    >>> error_class("Busy").__name__, error_class("KeyError").__name__
    ('Busy', 'PitrError')
    """
    return getattr(errors, name) if name in errors.__all__ else PitrError


__all__ = ("error_class",)
