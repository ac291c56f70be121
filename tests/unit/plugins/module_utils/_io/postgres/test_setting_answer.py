# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes back when ``postgres`` is asked for a setting."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.setting_answer import (
    SettingAnswer,
    ask_setting,
)
from fake_runner import FakeRunner, NoPrograms

POSTGRES = "/pg/bin/postgres"


class Postgres(FakeRunner):
    """Answers so, and keeps what it was called with."""

    def __init__(self, *, rc: int = 0, stdout: str = "", stderr: str = "") -> None:
        self._result = rc, stdout, stderr
        self.asked: list[tuple[str, ...]] = []

    def answer(self, argv: tuple[str, ...]) -> Result:
        self.asked.append(argv)
        return Result(argv, *self._result)


def ask(program: FakeRunner) -> SettingAnswer:
    return ask_setting(POSTGRES, "port", arguments=["-D", "/pg/data"], runner=program)


def test_program_is_asked_with_its_first_word() -> None:
    program = Postgres(stdout="5433\n")
    assert ask(program) == SettingAnswer("5433")
    assert program.asked == [(POSTGRES, "-C", "port", "-D", "/pg/data")]


@pytest.mark.parametrize(("stdout", "value"), [("\n", ""), (" a b \n", " a b "), ("", "")])
def test_value_is_kept_as_it_is(stdout: str, value: str) -> None:
    assert ask(Postgres(stdout=stdout)).value == value


@pytest.mark.parametrize(
    ("rc", "stderr", "reason"),
    [
        pytest.param(
            1,
            '2026-09-15 14:30:00.000 GMT [7] LOG:  unrecognized configuration parameter "x" in file "/pg/x" line 1\n'
            '2026-09-15 14:30:00.000 GMT [7] FATAL:  configuration file "/pg/x" contains errors\n',
            'unrecognized configuration parameter "x"',
            id="the reason comes before the end",
        ),
        pytest.param(1, "FATAL:  no such library\nx\n", "no such library", id="without a time"),
        pytest.param(2, "PANIC:  could not locate a valid checkpoint record\n",
                     "could not locate a valid checkpoint record", id="a panic"),
        pytest.param(2, "postgres: could not access directory\nand more\n",
                     "postgres: could not access directory\nand more", id="in other words"),
        pytest.param(1, " \n", "exit code 1", id="in none"),
        pytest.param(-9, "", "signal 9", id="killed"),
    ],
)  # fmt: skip
def test_program_that_would_not_start_says_why(rc: int, stderr: str, reason: str) -> None:
    answer = ask(Postgres(rc=rc, stdout="5432\n", stderr=stderr))
    assert (answer.value, answer.reason) == (None, reason)


def test_host_without_the_program_is_no_answer() -> None:
    with pytest.raises(Unavailable) as caught:
        ask(NoPrograms())
    assert caught.value.code == "program-missing"
