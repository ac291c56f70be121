# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a host from talking to an object storage at all: the network, its certificate, the credentials."""

from __future__ import annotations

from ..errors import InvalidInput, PitrError, Refused, Unavailable

_NO_CREDENTIALS = (
    "NoCredentialsError",
    "PartialCredentialsError",
    "CredentialRetrievalError",
    "MetadataRetrievalError",
    "ProfileNotFound",
)
_NOT_TO_BE_ASKED = ("ValueError", "InvalidEndpointConfigurationError", "ParamValidationError")
# Words of OpenSSL, of Python's ssl and of urllib3 1.26, and what helps. Source: X509_verify_cert_error_string(3ssl).
_OTHER_NAME = (
    "Give 'pitr_repository_s3_endpoint' a name that the certificate of the object storage has, or that certificate this"
    " name."
)
_CERTIFICATE_REASONS = (
    ("has expired", "Renew the certificate of the object storage; if it is valid, set the clock of this host right."),
    ("not yet valid", "Set the clock of this host right, by NTP, or wait until the certificate is valid."),
    ("mismatch", _OTHER_NAME),
    ("doesn't match", _OTHER_NAME),
    (
        "certificate verify failed",
        "Set 'pitr_repository_s3_ca_file' to the certificate of the authority that it has its own from.",
    ),
)
_NO_TLS = ("wrong version number", "record layer failure", "wrong_version_number", "record_layer_failure")


def is_about_certificate(said: str) -> bool:
    """Whether a failed handshake is about who the store is, which another try does not mend.

    >>> is_about_certificate("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired")
    True
    >>> is_about_certificate("EOF occurred in violation of protocol")
    False
    """
    return any(words in said.lower() for words, _hint in _CERTIFICATE_REASONS) or _speaks_no_tls(said)


def is_of_credentials(kind: str) -> bool:
    """Whether an exception of boto3's of this class says that there are no credentials.

    >>> is_of_credentials("CredentialRetrievalError"), is_of_credentials("SSLError")
    (True, False)
    """
    return kind in _NO_CREDENTIALS


def connection_error(kind: str, *, place: str, said: str) -> PitrError:
    """The error for a store that could not be talked to; ``kind`` is the class of boto3's exception."""
    if kind == "SSLError" and is_about_certificate(said):
        return _certificate_error(place, said=said)
    if is_of_credentials(kind):
        return credentials_error(place, said=said)
    if kind in _NOT_TO_BE_ASKED:
        return InvalidInput(
            f"'{place}' cannot be asked for: {said}",
            code="repository-endpoint-invalid",
            hint="Correct 'pitr_repository_s3_endpoint' (such as https://s3.example.com) and"
            " 'pitr_repository_s3_bucket'.",
        )
    return Unavailable(
        f"cannot reach the object storage of '{place}': {said}",
        code="repository-unreachable",
        hint="See that 'pitr_repository_s3_endpoint' is right and answers from here; archiving goes on by itself when"
        " it does.",
    )


def _certificate_error(place: str, *, said: str) -> PitrError:
    if _speaks_no_tls(said):
        return InvalidInput(
            f"the object storage of '{place}' does not speak TLS there: {said}",
            code="repository-endpoint-invalid",
            hint="Correct the port or the 'https' in 'pitr_repository_s3_endpoint'.",
        )
    return Refused(
        f"the object storage of '{place}' could not prove who it is: {said}",
        code="repository-certificate-refused",
        hint=next(hint for words, hint in _CERTIFICATE_REASONS if words in said.lower()),
    )


def _speaks_no_tls(said: str) -> bool:
    return any(words in said.lower() for words in _NO_TLS)


def credentials_error(place: str, *, said: str) -> Refused:
    """The error for a source of credentials that has none, or none that are still valid."""
    return Refused(
        f"there are no credentials for '{place}': {said}",
        code="repository-credentials-missing",
        hint="Set 'pitr_repository_s3_access_key_id' and 'pitr_repository_s3_secret_access_key', or give"
        " PostgreSQL's account the usual files, or the host an identity.",
    )


def certificate_file_error(path: str, *, reason: str) -> InvalidInput:
    """The error for a file of an authority that cannot be used."""
    return InvalidInput(
        f"cannot read the certificates in '{path}': {reason}",
        code="repository-ca-file-invalid",
        hint="Correct 'pitr_repository_s3_ca_file': a file of this host, in the form PEM, that PostgreSQL's account can"
        " read.",
    )


def library_missing(interpreter: str) -> Unavailable:
    """The error for an interpreter that has no boto3."""
    return Unavailable(
        f"'{interpreter}' has no boto3, which a repository in object storage needs",
        code="boto3-missing",
        hint="Install the package 'python3-boto3' (Debian, Ubuntu, Fedora, EPEL), or boto3 for that interpreter.",
    )


__all__ = (
    "certificate_file_error",
    "connection_error",
    "credentials_error",
    "is_about_certificate",
    "is_of_credentials",
    "library_missing",
)
