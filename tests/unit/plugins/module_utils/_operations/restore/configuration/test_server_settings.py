# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What PostgreSQL's program says of a setting, and how it is asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.configuration.server_settings import (
    accepted_settings,
    deciding_settings,
)
from fake_runner import FakeRunner
from sample_cluster import sample_cluster

REFUSED = """2026-11-28 22:00:00 GMT [7] LOG:  unrecognized configuration parameter "max_conections" in file "/x" line 1
2026-11-28 22:00:00 GMT [7] FATAL:  configuration file "/x" contains errors
"""


class Program(FakeRunner):
    """Answers for the setting after ``-C``, and keeps what it was asked and what the file had."""

    def __init__(self, answers: dict[str, str]) -> None:
        self._answers = answers
        self.files: list[str] = []
        self.asked: list[tuple[str, ...]] = []

    def answer(self, argv: tuple[str, ...]) -> Result:
        self.asked.append(argv)
        directory = Path(argv[argv.index("-D") + 1])
        if (directory / "postgresql.conf").exists():
            self.files.append((directory / "postgresql.conf").read_text(encoding="utf-8"))
        said = self._answers.get(argv[2])
        return Result(argv, 1, "", REFUSED) if said is None else Result(argv, 0, f"{said}\n", "")


def test_values_come_back_as_postgresql_writes_them_and_never_on_a_command_line() -> None:
    program = Program({"jit": "on", "primary_conninfo": "password=canary"})
    wanted = {"jit": "yes", "primary_conninfo": "password=canary"}
    assert accepted_settings(sample_cluster(), wanted, runner=program) == {
        "jit": "on",
        "primary_conninfo": "password=canary",
    }
    assert program.files == ["jit = 'yes'\n", "primary_conninfo = 'password=canary'\n"]
    assert "canary" not in str(program.asked)


def test_refusal_has_the_name_and_the_programs_words() -> None:
    with pytest.raises(InvalidInput) as caught:
        accepted_settings(sample_cluster(), {"max_conections": "5"}, runner=Program({}))
    assert caught.value.code == "setting-invalid"
    assert str(caught.value).endswith(
        """does not take 'max_conections': unrecognized configuration parameter "max_conections\""""
    )


def test_what_is_given_is_not_asked_for() -> None:
    program = Program({"log_directory": "log", "ssl_passphrase_command": ""})
    given = {"shared_preload_libraries": "pg_cron", "jit": "on"}
    assert deciding_settings(sample_cluster(), given=given, runner=program) == {
        "log_directory": "log",
        "ssl_passphrase_command": "",
        "shared_preload_libraries": "pg_cron",
    }
