# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error classes, one for each way in which a caller reacts.

Each error has a ``code``, a stable kebab-case word that programs may test, and a ``hint``, a sentence that tells a
person what to do. Anything that is not a :class:`PitrError` is a bug, and ends in a traceback.
"""

from __future__ import annotations


class PitrError(Exception):
    """A failure with a stable ``code`` and a ``hint``; ``str()`` is the message."""

    def __init__(self, message: str, *, code: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint

    def with_hint(self, hint: str) -> PitrError:
        """The same error with another hint."""
        return type(self)(self.message, code=self.code, hint=hint.strip())


class InvalidInput(PitrError):
    """The input is invalid or names something that does not exist: correct it."""


class Refused(PitrError):
    """The request is valid, but carrying it out could lose data: remove what stands against it first."""


class AlreadyStored(Refused):
    """Something else is stored under a name; ``key`` is that name."""

    def __init__(self, message: str, *, code: str, hint: str = "", key: str = "") -> None:
        super().__init__(message, code=code, hint=hint)
        self.key = key


class Unavailable(PitrError):
    """A server, repository or disk is not available: try again when it is."""


class Changed(Unavailable):
    """Somebody has changed what was read before it could be replaced: read it again."""


class Busy(Unavailable):
    """Somebody else has a lease; ``holder`` is what he noted there, empty: nothing."""

    def __init__(self, message: str, *, code: str, hint: str = "", holder: str = "") -> None:
        super().__init__(message, code=code, hint=hint)
        self.holder = holder


class Missing(PitrError):
    """A file is not in the repository, which is normal at the end of the archive."""


class Damaged(PitrError):
    """Stored data is corrupt: never use it."""


class Failed(PitrError):
    """A step failed unexpectedly; the message has its output."""


__all__ = (
    "AlreadyStored",
    "Busy",
    "Changed",
    "Damaged",
    "Failed",
    "InvalidInput",
    "Missing",
    "PitrError",
    "Refused",
    "Unavailable",
)
