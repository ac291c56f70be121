# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every failure the project knows, one class per reaction of the caller.

Each error carries ``code``, a stable kebab-case word that programs may test, and ``hint``, a sentence that tells a
person what to do. Anything that is not a :class:`PitrError` is a bug and is left to trace.
"""

from __future__ import annotations


class PitrError(Exception):
    """A failure with a stable ``code`` and a ``hint``; ``str()`` is the message."""

    def __init__(self, message: str, *, code: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint


class InvalidInput(PitrError):
    """What the user asked for makes no sense or does not exist: change the input."""


class Refused(PitrError):
    """The request is clear, but doing it could lose data: the state of the world has to change first."""


class Unavailable(PitrError):
    """Something needed does not answer (server, repository, disk): try again when it does."""


class Missing(PitrError):
    """A file of the repository is not there, which may be normal (the end of the archive)."""


class Damaged(PitrError):
    """Stored bytes are not what was written: never use them."""


class Failed(PitrError):
    """A step that should have worked did not; what it said is in the message."""


__all__ = ("Damaged", "Failed", "InvalidInput", "Missing", "PitrError", "Refused", "Unavailable")
