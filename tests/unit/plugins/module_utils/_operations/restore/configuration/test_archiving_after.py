# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which configuration lets a restored server archive."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.configuration.archiving_after import (
    check_archives,
)
from fake_runner import FakeRunner, NoPrograms
from sample_cluster import sample_cluster


class Configured(FakeRunner):
    """Answers for the setting after ``-C``, as a version without it does for one that is not there."""

    def __init__(self, **values: str) -> None:
        self._values = values

    def answer(self, argv: tuple[str, ...]) -> Result:
        return Result(argv, 0, f"{self._values[argv[2]]}\n", "")


@pytest.mark.parametrize(
    ("version", "values"),
    [
        pytest.param(18, {"archive_mode": "on", "archive_command": "store %p", "archive_library": ""}, id="a command"),
        pytest.param(18, {"archive_mode": "always", "archive_command": "", "archive_library": "lib"}, id="a library"),
        pytest.param(14, {"archive_mode": "on", "archive_command": "store %p"}, id="before there were libraries"),
    ],
)
def test_server_that_archives(version: int, values: dict[str, str]) -> None:
    check_archives(sample_cluster(version=version), runner=Configured(**values))


@pytest.mark.parametrize(
    ("version", "values", "why"),
    [
        pytest.param(
            18,
            {"archive_mode": "off", "archive_command": "store %p", "archive_library": ""},
            "archive_mode is off",
            id="off",
        ),
        pytest.param(
            18,
            {"archive_mode": "on", "archive_command": "", "archive_library": ""},
            "archive_command and archive_library are empty",
            id="nothing to archive with",
        ),
        pytest.param(14, {"archive_mode": "on", "archive_command": ""}, "archive_command is empty", id="before 15"),
    ],
)
def test_server_that_does_not_is_not_restored_in_place(version: int, values: dict[str, str], why: str) -> None:
    with pytest.raises(Refused) as caught:
        check_archives(sample_cluster(version=version), runner=Configured(**values))
    assert caught.value.code == "archiving-off"
    assert why in caught.value.message


def test_configuration_of_a_backup_is_not_asked_for() -> None:
    """Nothing else is left, and it was taken of a server that archived."""
    inside = sample_cluster(is_lost=True)
    assert inside.has_configuration_inside
    check_archives(inside, runner=NoPrograms())
    outside = replace(inside, config_file="/etc/postgresql/18/main/postgresql.conf")
    with pytest.raises(Refused):
        check_archives(outside, runner=Configured(archive_mode="off", archive_command="", archive_library=""))
