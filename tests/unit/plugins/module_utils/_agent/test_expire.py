# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command lines of retention and of pins, as far as they go without a configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent import expire, pin
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput

BOTH = ["--keep-full", "2", "--keep-days=7"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param([], "usage", "--cluster is missing", id="nothing"),
        pytest.param(["--cluster", "db1", "--keep-full", "2"], "usage", "--keep-days is missing", id="one rule of two"),
        pytest.param([*BOTH, "--keep-monthly", "all"], "usage", "--keep-monthly 'all' is not a", id="no number"),
        pytest.param([*BOTH], "usage", "--cluster is missing", id="no cluster"),
        pytest.param(
            [*BOTH, "--cluster", "db1", "--keep-full=3"], "usage", "--keep-full is given twice", id="a rule twice"
        ),
        pytest.param(
            ["--cluster", "db1", "--keep-full=0", "--keep-days=7"], "option-out-of-range", "--keep-full is 0", id="none"
        ),
        pytest.param(
            [*BOTH, "--cluster", "db1", "--json", "--summary"], "usage", "--summary cannot be given", id="two forms"
        ),
        pytest.param([*BOTH, "--cluster", "db1", "--force"], "usage", "--force", id="unknown option"),
        pytest.param([*BOTH, "--cluster", "db1", "--dry-run", "--json"], "config-missing", "db1.conf", id="all well"),
    ],
)
def test_expire_is_told_what_to_keep(arguments: list[str], code: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        expire.run(expire.new_parser().read([*arguments, "--config-directory", str(tmp_path)]))
    assert caught.value.code == code and words in caught.value.message


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(["--cluster", "db1", "x-full"], "usage", "--reason is missing", id="no reason"),
        pytest.param(["--cluster", "db1", "--reason", "audit"], "usage", "LABEL", id="no label"),
        pytest.param(
            ["--cluster", "db1", "--reason", "audit", "--until", "2020-01-01T00:00:00Z", "x-full"],
            "option-out-of-range",
            "is in the past",
            id="an end that is over",
        ),
        pytest.param(
            ["--cluster", "db1", "--reason", "audit", "--until", "2099-01-01 00:00", "x-full"],
            "usage",
            "--until '2099-01-01 00:00'",
            id="an end without an offset",
        ),
        pytest.param(
            ["--cluster", "db1", "--reason", "audit", "--until", "2099-01-01T00:00:00Z", "x-full"],
            "config-missing",
            "db1.conf",
            id="all well",
        ),
    ],
)
def test_a_pin_says_why_and_until_when(arguments: list[str], code: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        pin.run(pin.new_parser().read([*arguments, "--config-directory", str(tmp_path)]))
    assert caught.value.code == code and words in caught.value.message
