# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file with the credentials of a repository in object storage, in the form of AWS's own tools."""

from __future__ import annotations

from ..errors import InvalidInput

_IDENTIFIER = "aws_access_key_id"
_SECRET = "aws_secret_access_key"  # noqa: S105 - the name of a setting


def parse_credentials(text: str, *, path: str) -> tuple[str, str]:
    """The identifier and the secret; ``path`` is for messages, which never have a line of the file.

    >>> parse_credentials("[default]\\naws_access_key_id = AK\\naws_secret_access_key=SK\\n", path="db1.s3")
    ('AK', 'SK')

    Raises InvalidInput (``repository-credentials-invalid``).
    """
    found = dict.fromkeys((_IDENTIFIER, _SECRET), "")
    for line in text.splitlines():
        key, _separator, value = line.partition("=")
        if key.strip() in found:
            found[key.strip()] = value.strip()
    if not all(found.values()):
        raise InvalidInput(
            f"'{path}' does not set '{_IDENTIFIER}' and '{_SECRET}'",
            code="repository-credentials-invalid",
            hint="Run the playbook 'archive', which writes the file.",
        )
    return found[_IDENTIFIER], found[_SECRET]


def format_credentials(identifier: str, secret: str) -> str:
    """The file's text. Raises InvalidInput (``repository-credentials-invalid``) for what is no key."""
    for value in (identifier, secret):
        if not value or not value.isprintable() or value != value.strip():
            raise InvalidInput(
                "a key of the object storage is empty, has a line break, or begins or ends with a space",
                code="repository-credentials-invalid",
                hint="Correct 'pitr_repository_s3_access_key_id' and 'pitr_repository_s3_secret_access_key'; set both.",
            )
    return f"[default]\n{_IDENTIFIER} = {identifier}\n{_SECRET} = {secret}\n"


__all__ = ("format_credentials", "parse_credentials")
