# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.encryption.age_keys import (
    parse_identity,
    parse_recipients,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput

# Of the age specification's own examples; both are public.
RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
OTHER = "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg"
IDENTITY = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, ()),
        ("", ()),
        ([], ()),
        (RECIPIENT, (RECIPIENT,)),
        (f"{RECIPIENT} {OTHER}", (RECIPIENT, OTHER)),
        ([f" {RECIPIENT}\n", OTHER, RECIPIENT], (RECIPIENT, OTHER)),
    ],
)
def test_recipients_are_taken_each_once(given: object, expected: tuple[str, ...]) -> None:
    assert parse_recipients(given) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (IDENTITY, "recipient-is-secret"),
        (IDENTITY.lower(), "recipient-is-secret"),
        (IDENTITY[:40], "recipient-is-secret"),
        (RECIPIENT[:-1], "recipient-invalid"),
        (RECIPIENT[:-1] + "q", "recipient-invalid"),
        (RECIPIENT.upper(), "recipient-invalid"),
        (RECIPIENT.replace("l3z7", "3lz7"), "recipient-invalid"),
        ("age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t", "recipient-invalid"),
        ("ssh-ed25519", "recipient-invalid"),
        ("age1" + "b" * 58, "recipient-invalid"),
        ("db1's key", "recipient-invalid"),
    ],
)
def test_what_is_no_recipient_is_refused_and_never_shown(given: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_recipients([OTHER, given])
    said = f"{caught.value.message} {caught.value.hint}"
    assert caught.value.code == code
    assert "recipient 2" in said and given[4:] not in said and given[4:].upper() not in said.upper()


@pytest.mark.parametrize(
    "text",
    [
        IDENTITY,
        f"# created: 2026-11-29T01:00:00Z\n# public key: {RECIPIENT}\n{IDENTITY}\n",
        f"\r\n{IDENTITY}\r\n",
    ],
)
def test_an_identity_is_its_secret_keys(text: str) -> None:
    assert parse_identity(text) == f"{IDENTITY}\n"


def test_an_identity_may_have_several_keys() -> None:
    assert parse_identity(f"{IDENTITY}\n{IDENTITY}") == f"{IDENTITY}\n" * 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "identity-invalid"),
        ("# nothing\n", "identity-invalid"),
        (RECIPIENT, "identity-invalid"),
        (IDENTITY[:-1] + "Q", "identity-invalid"),
        (IDENTITY.lower(), "identity-invalid"),
        (f"{IDENTITY}\npassword", "identity-invalid"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "identity-invalid"),
        ("age-encryption.org/v1\n-> scrypt abc 18\n", "identity-has-passphrase"),
        ("-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n", "identity-has-passphrase"),
    ],
)
def test_what_is_no_identity_is_refused_and_never_shown(text: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_identity(text)
    assert caught.value.code == code
    assert "password" not in str(caught.value) and IDENTITY[20:] not in str(caught.value)
