# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of the credentials is read back, and its errors show nothing of it."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.s3_credentials import (
    format_credentials,
    parse_credentials,
)


def test_keys_survive_a_round_trip() -> None:
    assert parse_credentials(format_credentials("AK", "S/K+=="), path="x") == ("AK", "S/K+==")


@pytest.mark.parametrize("text", ["", "[default]\naws_access_key_id = AK\n", "aws_secret_access_key = top-secret\n"])
def test_half_a_file_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_credentials(text, path="/etc/pgpitr/db1.s3")
    assert caught.value.code == "repository-credentials-invalid" and "top-secret" not in str(caught.value)


@pytest.mark.parametrize("pair", [("", "SK"), ("AK", ""), ("AK\nx", "SK"), ("AK", " top-secret")])
def test_what_cannot_be_a_key_is_refused_without_showing_it(pair: tuple[str, str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        format_credentials(*pair)
    assert "top-secret" not in str(caught.value)
