# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.push_failure import SIZE_BYTES, PushFailure

FAILURE = PushFailure("S", "repository-full", "there is no room", 1764380000.5)


@pytest.mark.parametrize(
    "message", ["there is no room", "é" * 3000, '"\\' * 3000, ""], ids=["usual", "long", "quotes", "no words"]
)
def test_what_is_written_is_read_again_and_always_as_long(message: str) -> None:
    failure = PushFailure.of("S", code="repository-full", message=message, at_seconds=1764380000.5)
    content = bytes(failure)

    assert len(content) == SIZE_BYTES
    found = PushFailure.parse(content)
    assert found is not None and failure.message.startswith(found.message[:300])
    assert (found.name, found.code, found.at_seconds) == ("S", "repository-full", 1764380000.5)


def test_words_are_one_line_without_secrets() -> None:
    failure = PushFailure.of("S", code="x", message="no\nentry: password=hunter2", at_seconds=1.0)

    assert failure.message == "no entry: password=********"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(bytes(FAILURE)[:40], id="half of it"),
        pytest.param(b"[" * 100_000, id="nested"),
        pytest.param(b"[1]", id="a list"),
        pytest.param(b'{"name": 1, "code": "x", "message": "m", "at_seconds": 1}', id="a name of another type"),
        pytest.param(b'{"name": "S", "code": "x", "message": "m", "at_seconds": true}', id="no time"),
        pytest.param(b'{"name": "S", "code": "x", "message": "m", "at_seconds": 1e300}', id="no time of this world"),
        pytest.param(b'{"name": "S", "code": "x", "message": "m", "at_seconds": NaN}', id="no number"),
    ],
)
def test_anything_else_is_none(content: bytes) -> None:
    assert PushFailure.parse(content) is None
