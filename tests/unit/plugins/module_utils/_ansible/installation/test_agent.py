# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removing the program, and what is refused before anything is looked at; installing needs a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.entry import Outcome, Request
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.installation.agent import ensure_agent
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.account import Account


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The folder of a program that two clusters share."""
    (tmp_path / "pgpitr").write_bytes(b"#!/usr/bin/python3\n")
    for name in ("db1", "db2"):
        (tmp_path / f"{name}.conf").write_text("repository_path = /r\n", encoding="utf-8")
    return tmp_path


def ensure(folder: Path, *, check_mode: bool = False, **changes: Any) -> Outcome:
    options = {
        "name": "db1",
        "state": "absent",
        "agent_path": str(folder / "pgpitr"),
        "config_directory": str(folder),
        "repository_path": "/r",
        "repository_mount_point": None,
        "repository_host": None,
        "queue_max_bytes": None,
        **changes,
    }
    somebody = Account("postgres", uid=26, gid=26, home="/var/lib/pgsql")
    return ensure_agent(
        Request(options, check_mode=check_mode, log=lambda _text: None, account=somebody, work=lambda act: act())
    )


def test_program_goes_with_the_last_configuration(installed: Path) -> None:
    assert ensure(installed).changed
    assert sorted(path.name for path in installed.iterdir()) == ["db2.conf", "pgpitr"]
    assert ensure(installed, name="db2").changed
    assert [*installed.iterdir()] == []
    assert not ensure(installed).changed


def test_check_mode_removes_nothing_and_shows_all(installed: Path) -> None:
    outcome = ensure(installed, check_mode=True)

    assert outcome.changed and "repository_path = /r" in (outcome.diff or {})["before"]
    assert len([*installed.iterdir()]) == 3


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"name": None}, "invalid-cluster-name", id="no name"),
        # Written down, it would end each archive_command.
        pytest.param({"queue_max_bytes": -1}, "option-out-of-range", id="no size of a queue"),
        pytest.param({"agent_path": "bin/pgpitr"}, "path-not-absolute", id="relative program"),
        pytest.param({"state": "present", "repository_path": None}, "option-missing", id="no repository"),
        pytest.param({"state": "present", "repository_path": "r"}, "path-not-absolute", id="relative repository"),
    ],
)
def test_options_that_are_refused(installed: Path, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        ensure(installed, **changes)
    assert caught.value.code == code
