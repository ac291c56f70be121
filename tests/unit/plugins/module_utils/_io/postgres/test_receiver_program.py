# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.receiver_program import find_receiver_program


def install(directory: Path, *, mode: int = 0o755) -> str:
    directory.mkdir(parents=True)
    program = directory / "pg_receivewal"
    program.write_text("#!/bin/sh\n")
    program.chmod(mode)
    return str(program)


def test_newest_version_is_found(tmp_path: Path) -> None:
    install(tmp_path / "9" / "bin")
    install(tmp_path / "15" / "bin")
    newest = install(tmp_path / "18" / "bin")
    install(tmp_path / "19" / "bin", mode=0o644)
    assert find_receiver_program(None, places=[f"{tmp_path}/*/bin"]) == newest


def test_one_that_is_named_counts_alone(tmp_path: Path) -> None:
    install(tmp_path / "18" / "bin")
    named = install(tmp_path / "15" / "bin")
    assert find_receiver_program(f"{tmp_path}/15/bin", places=[f"{tmp_path}/*/bin"]) == named
    with pytest.raises(Unavailable) as caught:
        find_receiver_program(f"{tmp_path}/none", places=[f"{tmp_path}/*/bin"])
    assert caught.value.code == "receiver-missing"


def test_path_is_looked_in_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = install(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{tmp_path}/empty:{tmp_path}/bin")
    assert find_receiver_program(None, places=[f"{tmp_path}/*/none"]) == found
