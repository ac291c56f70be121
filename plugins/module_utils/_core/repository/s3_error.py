# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an object storage means by the codes of its errors.

Source: Amazon S3, API Reference, "Error responses"; the codes of Ceph, MinIO and SeaweedFS are among them.
"""

from __future__ import annotations

from ..errors import InvalidInput, PitrError, Refused, Unavailable

_NO_CREDENTIALS = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "InvalidClientTokenId")
_EXPIRED = ("ExpiredToken", "TokenRefreshRequired", "RequestExpired")
_FULL = ("QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "InsufficientCapacity", "EntityTooLarge")
_OTHER_REGION = ("AuthorizationHeaderMalformed", "PermanentRedirect", "IllegalLocationConstraintException")
_FORBIDDEN = (401, 403)
_INSUFFICIENT_STORAGE = 507


def is_about_credentials(code: str) -> bool:
    """Whether the store refused what a request was signed with: other credentials may be taken.

    >>> is_about_credentials("ExpiredToken"), is_about_credentials("AccessDenied")
    (True, False)
    """
    return code in (*_NO_CREDENTIALS, *_EXPIRED)


def store_error(code: str, *, place: str, said: str, status: int = 0, writes: bool = False) -> PitrError:
    """The error for what the store refused: its ``code``, the HTTP status, its own words, and what was asked for.

    ``place`` is the key or bucket; ``writes``: the request was to store or remove something.
    """
    words = ": ".join(dict.fromkeys(each for each in (code or f"HTTP status {status}", said) if each))
    if code == "NoSuchBucket":
        return Unavailable(
            f"there is no such bucket: '{place}' ({words})",
            code="repository-missing",
            hint="Correct 'pitr_repository_s3_bucket' and 'pitr_repository_s3_endpoint', or make the bucket.",
        )
    return (
        _credentials_error(code, place=place, words=words)
        or _place_error(code, place=place, words=words, status=status)
        or _access_error(code, place=place, words=words, status=status, writes=writes)
    )


def _credentials_error(code: str, *, place: str, words: str) -> PitrError | None:
    if code == "RequestTimeTooSkewed":
        return Refused(
            f"the clock of this host and that of the object storage are more than 15 minutes apart, so '{place}' was"
            f" refused ({words})",
            code="repository-clock-skewed",
            hint="Set the clock of this host right, by NTP.",
        )
    if code in _EXPIRED:
        return Refused(
            f"the credentials for '{place}' have expired ({words})",
            code="repository-credentials-refused",
            hint="Renew them; nothing that was stored is lost, and archiving goes on by itself.",
        )
    if code in _NO_CREDENTIALS:
        return Refused(
            f"the object storage does not accept the credentials for '{place}' ({words})",
            code="repository-credentials-refused",
            hint="Correct 'pitr_repository_s3_access_key_id' and 'pitr_repository_s3_secret_access_key', and run the"
            " playbook 'archive'.",
        )
    return None


def _place_error(code: str, *, place: str, words: str, status: int) -> PitrError | None:
    if code in _FULL or status == _INSUFFICIENT_STORAGE:
        return Unavailable(
            f"the repository is full, cannot write '{place}': {words}",
            code="repository-full",
            hint="Raise the quota of the bucket or its owner, or make room; PostgreSQL keeps what is not archived.",
        )
    if code in _OTHER_REGION:
        return InvalidInput(
            f"the bucket of '{place}' is in another region ({words})",
            code="repository-region-differs",
            hint="Set 'pitr_repository_s3_region' to the region of the bucket.",
        )
    return None


def _access_error(code: str, *, place: str, words: str, status: int, writes: bool) -> PitrError:
    if status in _FORBIDDEN and writes:
        return Unavailable(
            f"cannot write '{place}': {words}",
            code="repository-not-writable",
            hint="Let these credentials put objects there (and delete them, where retention runs): s3:PutObject,"
            " s3:DeleteObject, s3:AbortMultipartUpload.",
        )
    if status in _FORBIDDEN:
        return Unavailable(
            f"cannot read '{place}': {words}",
            code="repository-not-readable",
            hint="Let these credentials read and list the bucket: s3:GetObject, s3:ListBucket.",
        )
    if code in ("BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch"):
        return Unavailable(
            f"what was sent for '{place}' did not arrive as it was ({words})",
            code="write-failed",
            hint="Nothing was stored. Try again; if it stays, look at the network and at this host's memory.",
        )
    return Unavailable(
        f"the object storage refused '{place}' or could not answer: {words}",
        code="repository-unreachable",
        hint="Look at the store's own state; archiving goes on by itself when it answers again.",
    )


__all__ = ("is_about_credentials", "store_error")
