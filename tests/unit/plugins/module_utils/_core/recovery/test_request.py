# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answer of a check in words."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.recovery.request import CheckAnswer, SqlCheck

CHECK = SqlCheck("SELECT count(*) FROM t", "5")


@pytest.mark.parametrize(
    ("answer", "phrase"),
    [
        pytest.param(CheckAnswer(CHECK, "5"), "5 as expected: SELECT count(*) FROM t", id="answered"),
        pytest.param(
            CheckAnswer(CHECK, waiting=True),
            "waits for the promotion, as a transaction that has not ended locks what it reads: SELECT count(*) FROM t",
            id="locked",
        ),
    ],
)
def test_answer_is_told(answer: CheckAnswer, phrase: str) -> None:
    assert answer.phrase == phrase
