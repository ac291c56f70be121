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
from ..._core.repository.s3_error import connection_error, store_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..._core.repository.bucket import Bucket

_CONNECT_SECONDS = 10
_READ_SECONDS = 60
# With pauses that grow to 20 seconds between them. Source: botocore, retries in mode "standard".
_ATTEMPTS = 6
# Amazon's name for it is what most other stores take, whatever they call their own.
_USUAL_REGION = "us-east-1"
# Since 2025 botocore adds checksums of its own, which older stores refuse; Content-MD5 is known to all.
_ONLY_WHERE_REQUIRED = ("request_checksum_calculation", "response_checksum_validation")
_WRITES = ("PutObject", "DeleteObject", "DeleteObjects", "CreateMultipartUpload", "UploadPart")
# A header, because botocore has the parameter since 2024 only.
CREATE_ONLY = {"If-None-Match": "*"}
_NOT_FOUND, _FORBIDDEN = 404, 403


class S3Client:
    """The requests of this process to one bucket; threads may share it.

    ``seen_seconds``: for so long a bucket that was there is taken to be there.
    """

    def __init__(self, bucket: Bucket, *, seen_seconds: float = 60.0) -> None:
        self.bucket = bucket
        self._seen_seconds = seen_seconds
        self._library: Any = None
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
        library = self._connected()
        from botocore import exceptions as errors

        self._headers.more = headers or {}
        if key:
            parameters["Key"] = self.full_key(key)
        try:
            answer: dict[str, Any] = getattr(library, _method_name(operation))(Bucket=self.bucket.name, **parameters)
            return answer
        except errors.ClientError as error:
            self._refused(error, operation=operation, key=key, expects=expects)
            return None
        except (errors.BotoCoreError, ValueError) as error:
            raise self.lost(error, key=key) from error
        finally:
            self._headers.more = {}

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
        found = error.response.get("Error", {})
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        code = str(found.get("Code", ""))
        if status in expects and code != "NoSuchBucket":
            return
        if operation == "HeadObject" and status == _FORBIDDEN:
            # An answer without content does not say why; this one does.
            self.ask("GetObject", key=key, expects=(_NOT_FOUND,), Range="bytes=0-0")
        raise store_error(
            code,
            place=self.bucket.address(key),
            said=str(found.get("Message", "")),
            status=status,
            writes=operation in _WRITES,
        ) from error

    def _connected(self) -> Any:
        """The library's client: one that has made connections is of no use to a child process."""
        with self._lock:
            if self._library is None or self._owner not in (0, os.getpid()):
                self._library = self._new_library()
            self._owner = os.getpid()
            return self._library

    def prepare(self) -> S3Client:
        """Import all, and connect to nothing yet: what a child process may inherit."""
        self._library = self._library or self._new_library()
        return self

    def _new_library(self) -> Any:
        """A new client of the library's. Raises Unavailable (``boto3-missing``), InvalidInput."""
        from .session import new_session

        session = new_session(self.bucket)
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        settings = (name for name in _ONLY_WHERE_REQUIRED if name in Config.OPTION_DEFAULTS)
        known: dict[str, Any] = dict.fromkeys(settings, "when_required")
        config = Config(
            signature_version="s3v4",
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            retries={"mode": "standard", "max_attempts": _ATTEMPTS},
            s3={"addressing_style": "path" if self.bucket.is_path_style else "auto"},
            **known,
        )
        try:
            library = session.create_client(
                "s3",
                region_name=self.bucket.region or (_USUAL_REGION if self.bucket.endpoint else None),
                endpoint_url=self.bucket.endpoint or None,
                verify=self.bucket.ca_file or None,
                config=config,
            )
        except (BotoCoreError, ValueError) as error:
            raise self.lost(error, key="") from error
        library.meta.events.register("before-call.s3", self._complete)
        return library

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


def _method_name(operation: str) -> str:
    """The library's name for an operation of S3's.

    >>> _method_name("ListObjectsV2"), _method_name("PutObject")
    ('list_objects_v2', 'put_object')
    """
    words = "".join("_" + each.lower() if each.isupper() else each for each in operation)
    return words.lstrip("_")


__all__ = ("CREATE_ONLY", "S3Client", "content_md5")
