# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.at_once import at_once, both


def test_answers_come_in_the_order_of_the_questions() -> None:
    assert at_once(lambda number: number * 2, range(50)) == [number * 2 for number in range(50)]
    assert at_once(str, []) == []


def test_questions_are_asked_at_once() -> None:
    met = threading.Barrier(3, timeout=30)

    def ask(_question: str) -> int:
        return met.wait()

    assert sorted(at_once(ask, "abc")) == [0, 1, 2]


def test_the_first_failure_is_told_and_no_more_is_asked() -> None:
    asked = []

    def ask(number: int) -> int:
        asked.append(number)
        if number in (3, 5):
            raise Failed(f"question {number}", code="configuration-invalid", hint="")
        return number

    with pytest.raises(Failed, match=r"question [35]"):
        at_once(ask, range(1000))
    assert len(asked) < 1000


def test_an_interruption_is_no_answer() -> None:
    def ask(_number: int) -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        at_once(ask, range(3))


def test_two_of_different_kinds() -> None:
    assert both(lambda: 1, lambda: "b") == (1, "b")
    with pytest.raises(Failed):
        both(lambda: 1, lambda: at_once(_fail, [1]))


def _fail(number: int) -> int:
    raise Failed(str(number), code="command-failed", hint="")
