# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from age_key import age_key
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.encryption.age_identity import AgeIdentity
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.encryption.identity_file import given_identity


def content_of(identity: AgeIdentity) -> bytes:
    return Path(f"/proc/self/fd/{identity.descriptor()}").read_bytes()


def test_an_identity_is_given_as_text_or_in_a_file(tmp_path: Path) -> None:
    identity, _recipient = age_key()
    text = content_of(identity).decode()
    path = tmp_path / "identity"
    path.write_text(f"# a comment\n{text}")
    as_text, as_file = given_identity(text, path=None), given_identity(None, path=str(path))
    assert as_text and as_file and content_of(as_text) == content_of(as_file) == text.encode()
    assert given_identity(None, path=None) is None


@pytest.mark.parametrize("content", [None, ""])
def test_a_file_without_an_identity_is_told_by_its_path(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "identity"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InvalidInput) as caught:
        given_identity(None, path=str(path))
    assert caught.value.code == "identity-not-readable" and str(path) in caught.value.message
