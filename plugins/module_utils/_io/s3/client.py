# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to a bucket, by boto3's own core: retried where that helps, and refused in our words.

boto3 takes a third of a second to import, so nothing of it is imported before the first request.
"""

from __future__ import annotations

import os
import threading
import time

from ..._core.errors import PitrError
from ..._core.repository.s3_connection_error import connection_error, is_of_credentials
from ..._core.repository.s3_error import is_about_credentials, store_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..._core.repository.bucket import Bucket
    from .connection import Connection

_WRITES = ("PutObject", "DeleteObject", "DeleteObjects", "CreateMultipartUpload", "UploadPart")
# A header, because botocore has the parameter since 2024 only.
CREATE_ONLY = {"If-None-Match": "*"}
_NOT_FOUND = 404
# Their answers have no content, so they do not say why.
_WITHOUT_REASON = {"HeadObject": "GetObject", "HeadBucket": "ListObjectsV2"}
_REFUSALS = (400, 401, 403)
# Once with the credentials at hand, and again with those that may have come in their place.
_RENEWALS = 2


class S3Client:
    """The requests of this process to one bucket; threads may share it.

    ``seen_seconds``: for so long a bucket that was there is taken to be there; ``attempts``: so often a request is
    tried, with pauses that grow to 20 seconds between them. Source: botocore, retries in mode "standard".
    """

    def __init__(self, bucket: Bucket, *, seen_seconds: float = 60.0, attempts: int = 6) -> None:
        self.bucket = bucket
        self._seen_seconds = seen_seconds
        self._attempts = attempts
        self._connection: Connection | None = None
        self._owner = 0
        self._seen: float | None = None
        self._headers = threading.local()
        self._lock = threading.Lock()

    def ask(
        self,
        operation: str,
        *,
        key: str = "",
        expects: tuple[int, ...] = (),
        headers: dict[str, str] | None = None,
        **parameters: Any,
    ) -> dict[str, Any] | None:
        """The answer to one request, such as ``GetObject``; ``None``: refused with an HTTP status in ``expects``.

        ``key`` is below the bucket's prefix; a missing bucket is never what was expected. Raises Unavailable
        (``repository-missing``, ``repository-unreachable``, …), Refused (``repository-credentials-refused``, …).
        """
        connection = self._connected()
        from botocore import exceptions as errors

        whole = {**parameters, "Key": self.full_key(key)} if key else parameters
        for left in range(_RENEWALS, -1, -1):
            connection.keys()
            self._headers.more = headers or {}
            try:
                answer: dict[str, Any] = getattr(connection.library, _method_name(operation))(
                    Bucket=self.bucket.name, **whole
                )
                return answer
            except errors.ClientError as error:
                renewed = self._renewed(connection, error, operation=operation, key=key, expects=expects)
                if renewed is connection or not left:
                    self._refused(error, operation=operation, key=key, expects=expects)
                    return None
                connection = renewed
            except (errors.BotoCoreError, ValueError) as error:
                # Short of their end, credentials are asked for with each request: the source may have paused.
                if not is_of_credentials(type(error).__name__) or not left:
                    raise self.lost(error, key=key) from error
            finally:
                self._headers.more = {}
        return None

    def check_bucket(self) -> None:
        """Return when the bucket is there, which a look at an object that is not does not tell.

        Only an empty bucket can be removed, so nothing that was stored is overlooked when this is not asked each time.
        """
        if self._seen is not None and time.monotonic() - self._seen < self._seen_seconds:
            return
        if self.ask("HeadBucket", expects=(_NOT_FOUND,)) is None:
            raise store_error("NoSuchBucket", place=self.bucket.address(), said="")
        self._seen = time.monotonic()

    def full_key(self, key: str) -> str:
        """The key in the bucket."""
        return f"{self.bucket.prefix}/{key}" if self.bucket.prefix else key

    def lost(self, error: Exception, *, key: str) -> PitrError:
        """What it means that a connection could not be made, or broke."""
        return connection_error(type(error).__name__, place=self.bucket.address(key), said=str(error))

    def _refused(self, error: Any, *, operation: str, key: str, expects: tuple[int, ...]) -> None:
        status, code, said = _told(error)
        if status in expects and code != "NoSuchBucket":
            return
        raise store_error(
            code,
            place=self.bucket.address(key),
            said=said,
            status=status,
            writes=operation in _WRITES,
        ) from error

    def _renewed(
        self, connection: Connection, error: Any, *, operation: str, key: str, expects: tuple[int, ...]
    ) -> Connection:
        """A connection with other credentials than those that were refused, if there are any now; else the same.

        Whoever renews a file of credentials does not tell those who have read it.
        """
        status, code, _said = _told(error)
        if operation in _WITHOUT_REASON and status in _REFUSALS and status not in expects:
            self._ask_for_the_reason(operation, key=key)
        elif is_about_credentials(code):
            with self._lock:
                if self._connection is connection:
                    fresh = self._new_connection()
                    self._connection = connection if fresh.keys() == connection.keys() else fresh
        return self._connected()

    def _ask_for_the_reason(self, operation: str, *, key: str) -> None:
        """Ask what is refused for the same reason, in words."""
        more: dict[str, Any] = {"Range": "bytes=0-0"} if key else {"MaxKeys": 1}
        self.ask(_WITHOUT_REASON[operation], key=key, expects=(_NOT_FOUND,), **more)

    def _connected(self) -> Connection:
        """The library's client: one that has made connections is of no use to a child process."""
        with self._lock:
            if self._connection is None or self._owner not in (0, os.getpid()):
                self._connection = self._new_connection()
            self._owner = os.getpid()
            return self._connection

    def prepare(self) -> S3Client:
        """Import all, and connect to nothing yet: what a child process may inherit."""
        self._connection = self._connection or self._new_connection()
        return self

    def _new_connection(self) -> Connection:
        from .connection import Connection

        return Connection(self.bucket, complete=self._complete, attempts=self._attempts)

    def _complete(self, **request: Any) -> None:
        """Add what this request needs beside its parameters."""
        headers = request["params"]["headers"]
        headers.update(getattr(self._headers, "more", {}))
        if request["model"].name == "DeleteObjects":
            # Required there, and newer releases send another checksum, which older stores do not know.
            headers["Content-MD5"] = content_md5(request["params"]["body"])


def content_md5(content: bytes) -> str:
    """The value of the header by which a store notices that content did not arrive as it was."""
    import hashlib
    from binascii import b2a_base64

    # Not for security: a check of the transport, which the protocol defines so. FIPS would refuse it otherwise.
    return b2a_base64(hashlib.new("md5", content, usedforsecurity=False).digest(), newline=False).decode()


def _told(error: Any) -> tuple[int, str, str]:
    """HTTP status, code and words of a refusal."""
    found = error.response.get("Error", {})
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return status, str(found.get("Code", "")), str(found.get("Message", ""))


def _method_name(operation: str) -> str:
    """The library's name for an operation of S3's.

    >>> _method_name("ListObjectsV2"), _method_name("PutObject")
    ('list_objects_v2', 'put_object')
    """
    words = "".join("_" + each.lower() if each.isupper() else each for each in operation)
    return words.lstrip("_")


__all__ = ("CREATE_ONLY", "S3Client", "content_md5")
