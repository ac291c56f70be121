# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The help names every option that a command takes, and a misspelt one is answered by those."""

from __future__ import annotations

import inspect
import re
from dataclasses import asdict

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent import (
    backup,
    expire,
    get,
    info,
    main,
    pin,
    push,
    standby,
    usage,
    verify,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.type_decision import ChainLimits

SOURCES = {
    "archive-push": push,
    "archive-get": get,
    "info": info,
    "backup": backup,
    "verify": verify,
    "expire": expire,
    "pin": pin.pin,
    "unpin": pin.unpin,
}


def options_taken(command: str) -> set[str]:
    source = inspect.getsource(SOURCES[command])
    found = {"--cluster", *re.findall(r'"(--[a-z-]+)"', source)}
    if "SKIP_STANDBY" in source:
        found.add(standby.SKIP_STANDBY)
    if "ChainLimits" in source:
        found |= {"--" + key.replace("_", "-") for key in asdict(ChainLimits())}
    return found


@pytest.mark.parametrize("command", SOURCES)
def test_help_names_every_option(command: str) -> None:
    arguments, _purpose = usage.COMMANDS[command]
    assert set(re.findall(r"--[a-z-]+", arguments)) == options_taken(command)


def test_help_has_every_command_and_breaks_no_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["help"]) == 0
    said = capsys.readouterr().out
    assert "  pgpitr verify --cluster NAME [--check] [--backup all|newest|LABEL] [--sample-percent N]\n" in said
    assert max(len(line) for line in said.splitlines()) <= 104
    for command in usage.COMMANDS:
        assert f"\n  pgpitr {command}" in said
    assert all(line.count("[") == line.count("]") for line in said.splitlines())


@pytest.mark.parametrize(
    ("arguments", "said", "hint"),
    [
        pytest.param(
            ["verify", "--cluster", "db1", "--sample-precent=5"],
            "the option '--sample-precent' is unknown",
            "pgpitr verify --cluster NAME [--check]",
            id="misspelt",
        ),
        pytest.param(
            ["verify", "--cluster", "db1", "--max-age", "5"], "the option '--max-age' is unknown", "", id="with a value"
        ),
        pytest.param(["verify", "--clutser", "db1"], "the option '--clutser' is unknown", "", id="a needed one"),
        pytest.param(["verify", "--cluster", "db1", "x"], "'x' is one argument too many", "", id="too many"),
        pytest.param(["unpin", "--cluster", "db1"], "LABEL is missing", "pgpitr unpin LABEL", id="too few"),
        pytest.param(["info", "--jason"], "'info' does not know '--jason'", "[--json]", id="info"),
        pytest.param(["vreify"], "'vreify' is not a command", "archive-get, info, backup, verify,", id="no command"),
    ],
)
def test_what_is_wrong_and_what_is_allowed_is_said(
    arguments: list[str], said: str, hint: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main.main(arguments) == 1
    first, second = capfd.readouterr().err.splitlines()
    assert first == f"pgpitr: {said} [usage]"
    assert second.startswith("HINT: ") and hint in second
