# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The age identity that somebody gives to a restore, as text or in a file of this host."""

from __future__ import annotations

from ..._core.encryption.age_keys import parse_identity
from ..._core.errors import Damaged, InvalidInput
from ..host.files import read_text
from .age_identity import AgeIdentity

_LIMIT_BYTES = 1 << 16


def given_identity(text: str | None, *, path: str | None) -> AgeIdentity | None:
    """The identity in the memory of this process; ``None``: none is given.

    Raises InvalidInput (``identity-invalid``, ``identity-has-passphrase``, ``identity-not-readable``).
    """
    if path:
        text = _content(path)
    return AgeIdentity(parse_identity(text)) if text else None


def _content(path: str) -> str:
    try:
        content = read_text(path, limit_bytes=_LIMIT_BYTES)
        reason = "it does not exist" if content is None else "it is empty"
    except (OSError, Damaged) as error:
        content, reason = None, (error.strerror or str(error)) if isinstance(error, OSError) else error.message
    if not content:
        raise InvalidInput(
            f"cannot read the age identity in '{path}': {reason}",
            code="identity-not-readable",
            hint="It must be a file of the database's host that PostgreSQL's account can read, at best on a tmpfs.",
        )
    return content


__all__ = ("given_identity",)
