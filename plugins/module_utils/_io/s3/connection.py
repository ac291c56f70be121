# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the library's, and the credentials that it signs with."""

from __future__ import annotations

import time

from ..._core.repository.s3_connection_error import (
    certificate_file_error,
    connection_error,
    credentials_error,
    is_about_certificate,
)
from .session import new_session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..._core.repository.bucket import Bucket

_CONNECT_SECONDS = 10
_READ_SECONDS = 60
# Amazon's name for it is what most other stores take, whatever they call their own.
_USUAL_REGION = "us-east-1"
# Since 2025 botocore adds checksums of its own, which older stores refuse; Content-MD5 is known to all.
_ONLY_WHERE_REQUIRED = ("request_checksum_calculation", "response_checksum_validation")
# A source of credentials that has answered before, and does not now: after so many seconds it is asked again.
_SOURCE_PAUSES = (0.5, 2.0, 8.0)


class Connection:
    """What signs and sends the requests to one bucket; threads may share it.

    ``complete`` adds to a request what it needs beside its parameters. Raises Unavailable (``boto3-missing``), Refused
    (``repository-credentials-missing``), InvalidInput.
    """

    def __init__(self, bucket: Bucket, *, complete: Callable[..., None], attempts: int) -> None:
        self._bucket = bucket
        self._has_worked = False
        if bucket.ca_file:
            _check_ca_file(bucket.ca_file)
        session = new_session(bucket)
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        settings = (name for name in _ONLY_WHERE_REQUIRED if name in Config.OPTION_DEFAULTS)
        known: dict[str, Any] = dict.fromkeys(settings, "when_required")
        config = Config(
            signature_version="s3v4",
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": attempts},
            s3={"addressing_style": "path" if bucket.is_path_style else "auto"},
            **known,
        )
        try:
            self._credentials = session.get_credentials()
            self.library: Any = session.create_client(
                "s3",
                region_name=bucket.region or (_USUAL_REGION if bucket.endpoint else None),
                endpoint_url=bucket.endpoint or None,
                verify=bucket.ca_file or None,
                config=config,
            )
        except (BotoCoreError, ValueError) as error:
            raise connection_error(type(error).__name__, place=bucket.address(), said=str(error)) from error
        self.library.meta.events.register("before-call.s3", complete)
        self.library.meta.events.register_first("needs-retry.s3", _give_up)

    def keys(self) -> tuple[str, ...]:
        """What requests are signed with now, renewed where that was due. Raises Refused (``repository-credentials-…``).

        A source that does not answer is asked again, if it has before.
        """
        from botocore.exceptions import BotoCoreError

        pauses = iter(_SOURCE_PAUSES)
        while True:
            try:
                # None: there are none, which the library tells at the first request.
                found = self._credentials and self._credentials.get_frozen_credentials()
                self._has_worked = True
                return tuple(str(each) for each in found) if found else ()
            except (BotoCoreError, RuntimeError) as error:
                # The library raises RuntimeError for what its source gives and what has expired already.
                pause = next(pauses, None) if self._has_worked else None
                if pause is None:
                    raise credentials_error(self._bucket.address(), said=str(error)) from error
            time.sleep(pause)


def _give_up(*, caught_exception: Exception | None = None, **_request: Any) -> None:
    """Raise what trying again does not mend, before the library tries again."""
    from botocore.exceptions import SSLError

    if isinstance(caught_exception, SSLError) and is_about_certificate(str(caught_exception)):
        raise caught_exception


def _check_ca_file(path: str) -> None:
    """Return when the file has certificates. Raises InvalidInput (``repository-ca-file-invalid``)."""
    import ssl

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except (OSError, ValueError) as error:
        # The messages of OpenSSL begin with its own names of places in it.
        reason = "it has no certificate in the form PEM" if isinstance(error, ssl.SSLError) else str(error)
        raise certificate_file_error(path, reason=getattr(error, "strerror", None) or reason) from error


__all__ = ("Connection",)
