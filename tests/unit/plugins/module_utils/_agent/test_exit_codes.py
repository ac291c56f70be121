# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table that holds the program's contract with PostgreSQL (``_core/exit_codes.py``)."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent import main
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent.wal import get, push
from ansible_collections.pgfleet.pitr.plugins.module_utils._core import errors
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.exit_codes import ExitCode

GET = ["archive-get", "--cluster", "db1", "000000010000000000000003", "pg_wal/RECOVERYXLOG"]
PUSH = ["archive-push", "--cluster", "db1", "pg_wal/000000010000000000000003"]


@pytest.fixture(autouse=True)
def kept_umask() -> object:
    before = os.umask(0o022)
    yield
    os.umask(before)


def raising(error: BaseException) -> Callable[..., int]:
    def run(_arguments: object, *, config_directory: str) -> int:
        assert config_directory == "/etc/pgpitr"
        raise error

    return run


def test_plain_numbers_are_those_of_the_enumeration() -> None:
    assert main.EXIT_FAILED == ExitCode.FAILED
    assert main.EXIT_GET_FAILED == ExitCode.GET_FAILED
    assert get.EXIT_MISSING == ExitCode.MISSING


def test_numbers_mean_to_postgresql_what_they_should() -> None:
    # restore_command: 1 to 125 is "no such file"; archive_command: above 125 is not counted as a failure.
    assert ExitCode.MISSING in range(1, 126)
    assert ExitCode.GET_FAILED > 125
    assert ExitCode.FAILED in range(1, 126)


@pytest.mark.parametrize(
    "error",
    [
        *(
            pytest.param(getattr(errors, name)("it failed", code="some-code", hint="Do this."), id=name)
            for name in errors.__all__
            if name != "PitrError"
        ),
        pytest.param(OSError(5, "Input/output error"), id="OSError"),
        pytest.param(ZeroDivisionError(), id="a bug"),
        pytest.param(MemoryError(), id="MemoryError"),
        pytest.param(KeyboardInterrupt(), id="KeyboardInterrupt"),
        pytest.param(SystemExit(0), id="SystemExit"),
        pytest.param(RecursionError(), id="RecursionError"),
    ],
)
def test_every_failure_of_a_get_stops_recovery(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get, "run", raising(error))
    assert main.main(GET) == ExitCode.GET_FAILED


@pytest.mark.parametrize("error", [errors.Refused("no", code="x"), OSError(5, "x"), ZeroDivisionError(), MemoryError()])
def test_every_failure_of_a_push_is_counted(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "run", raising(error))
    assert main.main(PUSH) == ExitCode.FAILED


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["archive-get"], ExitCode.GET_FAILED, id="get of nothing"),
        pytest.param(["archive-get", "--cluster"], ExitCode.GET_FAILED, id="option without value"),
        pytest.param(["archive-get", "--cluster", "../x", "a", "b"], ExitCode.GET_FAILED, id="get with a bad name"),
        pytest.param(["archive-get", "--config-directory"], ExitCode.GET_FAILED, id="directory without value"),
        pytest.param(["archive-get", "--help", "x", "y"], ExitCode.GET_FAILED, id="help among the arguments of a get"),
        pytest.param(["archive-get", "--help"], ExitCode.OK, id="help for a get"),
        pytest.param(["archive-push", "-h"], ExitCode.OK, id="help for a push"),
        pytest.param(["archive-push"], ExitCode.FAILED, id="push of nothing"),
        pytest.param(["archive-push", "--cluster=a", "--cluster=b", "x"], ExitCode.FAILED, id="two clusters"),
        pytest.param(["nonsense"], ExitCode.FAILED, id="unknown command"),
        pytest.param(["help"], ExitCode.OK, id="help"),
        pytest.param(["help", "backup"], ExitCode.OK, id="help for a command"),
        pytest.param(["help", "archive-get"], ExitCode.OK, id="help for one of PostgreSQL's"),
        pytest.param(["help", "nonsense"], ExitCode.FAILED, id="help for what is no command"),
        pytest.param(["backup", "--cluster", "db1", "x"], ExitCode.FAILED, id="unexpected argument"),
        pytest.param([], ExitCode.OK, id="no command"),
    ],
)
def test_command_lines(arguments: list[str], code: int) -> None:
    assert main.main(arguments) == code


def test_get_that_cannot_even_say_what_it_takes_stops_recovery(monkeypatch: pytest.MonkeyPatch) -> None:
    # As when the program's file is replaced at this moment.
    monkeypatch.setitem(sys.modules, f"{main.__package__}.usage", None)
    assert main.main(["archive-get"]) == ExitCode.GET_FAILED


def test_error_is_two_lines_for_the_servers_log(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(push, "run", raising(errors.Refused("'ä' is not yours", code="writer-unknown", hint="Ask.")))
    main.main(PUSH)
    assert capfd.readouterr().err == "pgpitr: 'ä' is not yours [writer-unknown]\nHINT: Ask.\n"


def test_closed_standard_error_changes_no_exit_code(tmp_path: Path) -> None:
    kept = os.dup(2)
    os.close(2)
    try:
        code = main.main([*GET, "--config-directory", str(tmp_path)])
    finally:
        os.dup2(kept, 2)
        os.close(kept)
    assert code == ExitCode.GET_FAILED
