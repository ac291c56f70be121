# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a store cannot be talked to is told apart, each with what helps."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.s3_connection_error import (
    certificate_file_error,
    connection_error,
    credentials_error,
    is_about_certificate,
    library_missing,
)

VERIFY = "SSL validation failed for https://s3:9000/b [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "


@pytest.mark.parametrize(
    ("kind", "said", "expected"),
    [
        ("EndpointConnectionError", "why", "repository-unreachable"),
        ("ReadTimeoutError", "why", "repository-unreachable"),
        ("SSLError", "EOF occurred in violation of protocol (_ssl.c:992)", "repository-unreachable"),
        ("SSLError", f"{VERIFY}self-signed certificate in certificate chain", "repository-certificate-refused"),
        ("SSLError", "[SSL: WRONG_VERSION_NUMBER] wrong version number", "repository-endpoint-invalid"),
        ("SSLError", "[SSL] record layer failure (_ssl.c:1000)", "repository-endpoint-invalid"),
        ("NoCredentialsError", "why", "repository-credentials-missing"),
        ("MetadataRetrievalError", "why", "repository-credentials-missing"),
        ("ValueError", "why", "repository-endpoint-invalid"),
    ],
)
def test_connection_that_fails(kind: str, said: str, expected: str) -> None:
    error = connection_error(kind, place="s3://backups", said=said)
    assert error.code == expected and error.hint and said in error.message and "s3://backups" in error.message
    assert is_about_certificate(said) is (kind == "SSLError" and expected != "repository-unreachable")


@pytest.mark.parametrize(
    ("said", "helps"),
    [
        (f"{VERIFY}unable to get local issuer certificate", "pitr_repository_s3_ca_file"),
        (f"{VERIFY}certificate has expired", "Renew the certificate"),
        (f"{VERIFY}certificate is not yet valid", "clock"),
        (f"{VERIFY}Hostname mismatch, certificate is not valid for 'localhost'.", "pitr_repository_s3_endpoint"),
        (f"{VERIFY}IP address mismatch, certificate is not valid for '127.0.0.2'.", "pitr_repository_s3_endpoint"),
        ("hostname 'localhost' doesn't match '127.0.0.1'", "pitr_repository_s3_endpoint"),
    ],
)
def test_certificate_that_is_refused_has_the_hint_that_helps(said: str, helps: str) -> None:
    error = connection_error("SSLError", place="s3://backups", said=said)
    assert (error.code, helps in error.hint, said in error.message) == ("repository-certificate-refused", True, True)


def test_other_reasons_have_codes_of_their_own() -> None:
    error = credentials_error("s3://backups", said="expired")
    assert (error.code, "expired" in error.message) == ("repository-credentials-missing", True)
    unusable = certificate_file_error("/etc/ca.pem", reason="Permission denied")
    assert (unusable.code, "/etc/ca.pem" in unusable.message) == ("repository-ca-file-invalid", True)


def test_missing_library_names_the_interpreter_and_the_package() -> None:
    error = library_missing("/usr/bin/python3")
    assert (error.code, "/usr/bin/python3" in error.message, "python3-boto3" in error.hint) == (
        "boto3-missing",
        True,
        True,
    )
