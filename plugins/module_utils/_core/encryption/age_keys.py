# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of ``age`` as people write them: recipients, which may be known, and identities, which must not.

No message here has any part of what was given: a secret may have been pasted where a recipient belongs.
Source: the age specification, C2SP, and BIP 173 for the encoding.
"""

from __future__ import annotations

from ..errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_RECIPIENT = "age"
_IDENTITY = "age-secret-key-"
_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
# 32 bytes in groups of five bits, and six groups of checksum.
_GROUPS = 52 + 6
_ENCRYPTED = ("age-encryption.org/", "-----BEGIN AGE ENCRYPTED FILE-----")
_MAKE_ONE = "'age-keygen' makes an identity, and 'age-keygen -y' shows its recipient, which begins with 'age1'."


def parse_recipients(given: Iterable[object] | str | None) -> tuple[str, ...]:
    """The recipients of a list, or of a text with spaces between them, each once.

    Raises InvalidInput (``recipient-invalid``, ``recipient-is-secret``) by the place in the list.
    """
    found: dict[str, None] = {}
    values = given.split() if isinstance(given, str) else given or ()
    for number, value in enumerate(values, start=1):
        text = str(value).strip()
        if text.lower().startswith(_IDENTITY):
            raise InvalidInput(
                f"recipient {number} is an age identity, a secret that does not belong on a database's host",
                code="recipient-is-secret",
                hint="It has been seen by this run: make a new identity, and set 'pitr_repository_age_recipients' to"
                f" its recipient. {_MAKE_ONE}",
            )
        if text != text.lower() or not _is_key(text, prefix=_RECIPIENT):
            raise InvalidInput(
                f"recipient {number} is not an age recipient of the kind X25519, or was mistyped",
                code="recipient-invalid",
                hint=f"Set 'pitr_repository_age_recipients' to a list of them. {_MAKE_ONE}",
            )
        found[text] = None
    return tuple(found)


def parse_identity(text: str) -> str:
    """The secret keys of an identity file, one a line.

    Raises InvalidInput (``identity-invalid``, ``identity-has-passphrase``).
    """
    content = text.strip()
    if content.startswith(_ENCRYPTED):
        raise InvalidInput(
            "the age identity is protected by a passphrase, which nobody can be asked for here",
            code="identity-has-passphrase",
            hint="Decrypt it where you keep it ('age -d'), and give what comes out.",
        )
    lines = [line.strip() for line in content.splitlines()]
    keys = [line for line in lines if line and not line.startswith("#")]
    for key in keys:
        if _is_key(key.lower(), prefix=_RECIPIENT):
            raise _invalid("is a recipient, which encrypts and does not decrypt")
        if key != key.upper() or not _is_key(key.lower(), prefix=_IDENTITY):
            raise _invalid("has a line that is no secret key of the kind X25519, or was mistyped")
    if not keys:
        raise _invalid("has no secret key")
    return "".join(f"{key}\n" for key in keys)


def _invalid(what: str) -> InvalidInput:
    return InvalidInput(
        f"the age identity {what}",
        code="identity-invalid",
        hint="Give the content of the file that 'age-keygen' made; its secret key begins with 'AGE-SECRET-KEY-1'.",
    )


def _is_key(text: str, *, prefix: str) -> bool:
    """Whether this lower-case text is a key of 32 bytes with this prefix, by its checksum.

    >>> _is_key("age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p", prefix="age")
    True
    """
    data = text[len(prefix) + 1 :]
    if not text.startswith(prefix + "1") or len(data) != _GROUPS or not set(data) <= set(_ALPHABET):
        return False
    groups = [ord(each) >> 5 for each in prefix] + [0] + [ord(each) & 31 for each in prefix]
    return _checksum(groups + [_ALPHABET.index(each) for each in data]) == 1


def _checksum(groups: list[int]) -> int:
    value = 1
    for group in groups:
        top = value >> 25
        value = (value & 0x1FFFFFF) << 5 ^ group
        for place, generator in enumerate(_GENERATOR):
            if top >> place & 1:
                value ^= generator
    return value


__all__ = ("parse_identity", "parse_recipients")
