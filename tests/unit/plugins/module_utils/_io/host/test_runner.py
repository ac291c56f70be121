# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import sys

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import SystemRunner, child_environment

PYTHON = sys.executable


def test_both_outputs_and_the_exit_code_are_kept() -> None:
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    result = SystemRunner().run([PYTHON, "-c", code], check=False)
    assert (result.rc, result.stdout, result.stderr) == (3, "out\n", "err\n")


def test_failure_carries_what_the_program_said() -> None:
    with pytest.raises(Failed) as caught:
        SystemRunner().run([PYTHON, "-c", "import sys; sys.exit('the reason')"])
    assert caught.value.code == "command-failed"
    assert "the reason" in caught.value.message
    assert "exit code 1" in caught.value.message


def test_signal_is_told_apart_from_an_exit_code() -> None:
    with pytest.raises(Failed, match="signal 9"):
        SystemRunner().run([PYTHON, "-c", "import os; os.kill(os.getpid(), 9)"])


def test_missing_program_is_named() -> None:
    with pytest.raises(Unavailable) as caught:
        SystemRunner().run(["/nowhere/pg_controldata"])
    assert caught.value.code == "program-missing"
    assert "/nowhere/pg_controldata" in caught.value.message


def test_program_that_hangs_is_ended() -> None:
    with pytest.raises(Unavailable) as caught:
        SystemRunner().run([PYTHON, "-c", "import time; time.sleep(60)"], timeout_seconds=0.2)
    assert caught.value.code == "command-timeout"


def test_child_knows_neither_locale_nor_connection_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("LC_MESSAGES", "de_DE.UTF-8")
    monkeypatch.setenv("KEPT", "yes")
    environment = child_environment({"PGPASSFILE": "/x"})
    assert environment["LC_ALL"] == "C" and environment["TZ"] == "UTC" and environment["KEPT"] == "yes"
    assert "PGPORT" not in environment and "LC_MESSAGES" not in environment
    assert environment["PGPASSFILE"] == "/x" and "PGPORT" in os.environ
