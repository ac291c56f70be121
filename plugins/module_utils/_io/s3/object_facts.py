# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is noted with an object, and what the store tells of it."""

from __future__ import annotations

import hashlib
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_VERSION_BYTES = 7
_WRITER, _DIGEST = "pgpitr-writer", "pgpitr-sha256"


def version_of(answer: dict[str, Any], *, size_bytes: int) -> str:
    """What tells the content under a key from the next, in the form that a directory's versions have."""
    digest = hashlib.sha256(str(answer["ETag"]).strip('"').encode()).digest()
    return f"{int.from_bytes(digest[:_VERSION_BYTES], 'big')}-{size_bytes}-0"


def new_token() -> str:
    """What nobody else has."""
    return os.urandom(16).hex()


def metadata_of(*, token: str = "", content: bytes | None = None) -> dict[str, str]:
    """The metadata by which :func:`is_writer` and :func:`noted_digest` tell."""
    noted = {_WRITER: token} if token else {}
    return noted if content is None else {**noted, _DIGEST: hashlib.sha256(content).hexdigest()}


def is_writer(found: dict[str, Any], token: str) -> bool:
    """Whether an object was put with this token."""
    return bool(found.get("Metadata", {}).get(_WRITER) == token)


def noted_digest(found: dict[str, Any]) -> str:
    """The SHA-256 of the content as its writer noted it; empty: he did not."""
    return str(found.get("Metadata", {}).get(_DIGEST, ""))


__all__ = ("is_writer", "metadata_of", "new_token", "noted_digest", "version_of")
