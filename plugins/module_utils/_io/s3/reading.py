# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read from a bucket: where the connection breaks in the middle, another one goes on from there."""

from __future__ import annotations

import time

from ..._core.errors import Changed, Missing, PitrError
from ..storage.piped_reading import PipedReading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .client import S3Client

_PIECE_BYTES = 1 << 18
# In a row, without a byte between them; the library tries to get an answer several times in each.
_ATTEMPTS = 5
_PAUSE_SECONDS = 0.5
_NOT_FOUND, _BEHIND_THE_END = 404, 416


class S3Content:
    """An object from an offset on. Raises Missing (``not-stored``) at once."""

    def __init__(self, client: S3Client, key: str, *, offset: int = 0) -> None:
        self._client = client
        self._key = key
        self._position = offset
        self._version = ""
        self._body: Any = self._opened()

    def pieces(self) -> Iterator[bytes]:
        """The bytes to the end. Raises Unavailable (``repository-unreachable``), Changed (``record-changed``)."""
        failures = 0
        while self._body is not None:
            try:
                while piece := self._body.read(_PIECE_BYTES):
                    self._position += len(piece)
                    failures = 0
                    yield piece
                return
            except _broken() as error:
                failures += 1
                if failures == _ATTEMPTS:
                    raise self._client.lost(error, key=self._key) from error
            self.close()
            time.sleep(_PAUSE_SECONDS * failures)
            self._body = self._opened()

    def close(self) -> None:
        """End the connection where not all was taken."""
        if self._body is not None:
            self._body.close()

    def _opened(self) -> Any:
        """The body of an answer that begins at the position; ``None``: that is the end."""
        span: dict[str, Any] = {"Range": f"bytes={self._position}-"} if self._position else {}
        answer = self._client.ask("GetObject", key=self._key, expects=(_NOT_FOUND, _BEHIND_THE_END), **span)
        if answer is None:
            if self._position and self._client.ask("HeadObject", key=self._key, expects=(_NOT_FOUND,)) is not None:
                return None
            raise self._missing()
        version = str(answer.get("ETag", ""))
        if self._version not in ("", version):
            raise Changed(
                f"'{self._client.bucket.address(self._key)}' was changed by somebody else meanwhile",
                code="record-changed",
                hint="Try again.",
            )
        self._version = version
        return answer["Body"]

    def _missing(self) -> PitrError:
        return Missing(
            f"'{self._client.bucket.address(self._key)}' is not there",
            code="not-stored",
            hint="See whether it was removed, or never stored.",
        )


class S3Reading(PipedReading):
    """The content of an object."""

    def __init__(self, content: S3Content) -> None:
        self._content = content
        super().__init__()

    def received(self) -> Iterator[bytes]:
        """Its pieces."""
        return self._content.pieces()

    def interrupt(self) -> None:
        """End the connection, or leave it to its own time limit."""
        self._content.close()

    def finish(self) -> None:
        """End the connection where not all was taken."""
        self._content.close()


def _broken() -> tuple[type[Exception], ...]:
    """What a body that breaks off raises, in whichever release of the library."""
    from botocore.exceptions import BotoCoreError
    from urllib3.exceptions import HTTPError

    return BotoCoreError, HTTPError, OSError


__all__ = ("S3Content", "S3Reading")
