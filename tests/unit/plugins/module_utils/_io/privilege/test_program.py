# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that root runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.program import (
    TRUSTED_ENVIRONMENT,
    run_program,
    trusted_command,
)


def test_program_of_the_distribution() -> None:
    assert trusted_command(["env", "-i"])[1:] == ["-i"]
    assert trusted_command(["env"])[0] in ("/usr/bin/env", "/bin/env")


def test_search_path_of_the_caller_counts_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "env"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert trusted_command(["env"])[0] in ("/usr/bin/env", "/bin/env")


def test_program_that_others_can_change(tmp_path: Path) -> None:
    program = tmp_path / "systemctl"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o777)
    (tmp_path / "link").symlink_to(program)
    for path in (program, tmp_path / "link"):
        with pytest.raises(Refused) as caught:
            trusted_command([str(path)])
        assert caught.value.code == "program-not-trusted"


def test_missing_program() -> None:
    with pytest.raises(Unavailable) as caught:
        trusted_command(["no-such-program"])
    assert caught.value.code == "program-missing"


def test_program_gets_the_environment_given_and_no_other() -> None:
    os.environ["PITR_TEST_CANARY"] = "1"
    _argv, code, stdout, _stderr = run_program(["/usr/bin/env"], TRUSTED_ENVIRONMENT, timeout_seconds=30)
    assert code == 0
    assert sorted(line.split("=")[0] for line in stdout.splitlines()) == sorted(TRUSTED_ENVIRONMENT)


def test_program_that_takes_too_long() -> None:
    with pytest.raises(Unavailable) as caught:
        run_program(["/usr/bin/env", "sleep", "30"], TRUSTED_ENVIRONMENT, timeout_seconds=0.2)
    assert caught.value.code == "command-timeout"
