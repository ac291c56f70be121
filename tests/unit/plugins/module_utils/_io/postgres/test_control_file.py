# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import sys
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.control_file import present_identifier


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param((7123456789012345678).to_bytes(8, sys.byteorder) + b"more", "7123456789012345678", id="whole"),
        pytest.param(b"\0" * 8, None, id="not written yet"),
        pytest.param(b"\1\2", None, id="cut off"),
        pytest.param(None, None, id="none"),
    ],
)
def test_identifier_of_the_current_directory(
    content: bytes | None, expected: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "global").mkdir()
    if content is not None:
        (tmp_path / "global" / "pg_control").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    assert present_identifier() == expected
