# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.request import ArchiveRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.wanted_settings import (
    is_ours,
    wanted_settings,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.setting_changes import (
    FileSetting,
    ServerSetting,
)

OURS = "/usr/local/bin/pgpitr archive-push --cluster db1 %p"
REQUEST = ArchiveRequest("db1")


def _in_force(**changes: str) -> dict[str, ServerSetting]:
    values = {
        "wal_level": "replica",
        "archive_mode": "off",
        "archive_command": "(disabled)",
        "archive_library": "",
        "archive_timeout": "0",
        "max_wal_senders": "10",
        "summarize_wal": "off",
        "wal_summary_keep_time": "14400",
        **changes,
    }
    return {name: ServerSetting(name, "sighup", value, "default", value, False) for name, value in values.items()}


def test_fresh_cluster_gets_everything() -> None:
    assert wanted_settings(REQUEST, version=17, in_force=_in_force(), in_files=[]) == {
        "wal_level": "replica",
        "archive_mode": "on",
        "archive_command": OURS,
        "archive_timeout": "60",
        "max_wal_senders": "10",
        "summarize_wal": "on",
        "wal_summary_keep_time": "14400",
    }


def test_version_without_a_setting_is_not_asked_for_it() -> None:
    wanted = wanted_settings(REQUEST, version=16, in_force=_in_force(), in_files=[])

    assert not {"summarize_wal", "wal_summary_keep_time"} & set(wanted)


@pytest.mark.parametrize(
    ("days", "configured", "summarize_wal", "expected"),
    [
        pytest.param(10, "1440", True, "14400", id="longer"),
        pytest.param(10, "28800", True, "28800", id="two weeks stay"),
        pytest.param(10, "0", True, "0", id="for ever stays"),
        pytest.param(0, "14400", True, "0", id="for ever"),
        pytest.param(10, "1440", False, "1440", id="left as it is"),
    ],
)
def test_how_long_summaries_are_kept(days: int, configured: str, summarize_wal: bool, expected: str) -> None:
    request = ArchiveRequest("db1", summarize_wal=summarize_wal, wal_summary_keep_days=days)

    wanted = wanted_settings(request, version=17, in_force=_in_force(wal_summary_keep_time=configured), in_files=[])

    assert wanted["wal_summary_keep_time"] == expected


def test_what_is_more_already_stays() -> None:
    in_force = _in_force(wal_level="logical", archive_mode="always", max_wal_senders="50")

    wanted = wanted_settings(REQUEST, version=18, in_force=in_force, in_files=[])

    assert (wanted["wal_level"], wanted["archive_mode"], wanted["max_wal_senders"]) == ("logical", "always", "50")


def test_configured_value_counts_before_the_one_in_force() -> None:
    lines = [FileSetting("f", 1, "wal_level", "minimal"), FileSetting("f", 2, "max_wal_senders", "0")]

    wanted = wanted_settings(REQUEST, version=15, in_force=_in_force(), in_files=lines)

    assert (wanted["wal_level"], wanted["max_wal_senders"]) == ("replica", "2")


@pytest.mark.parametrize(
    ("name", "running", "default", "expected"),
    [
        pytest.param("max_wal_senders", "0", "10", "10", id="the next start has ten senders"),
        pytest.param("max_wal_senders", "1", "10", "10", id="one was enough until now"),
        pytest.param("max_wal_senders", "50", "10", "50", id="the running server has more"),
        pytest.param("wal_level", "minimal", "replica", "replica", id="the next start archives"),
        pytest.param("wal_level", "logical", "replica", "logical", id="the running server does more"),
        pytest.param("wal_summary_keep_time", "1440", "14400", "14400", id="the next start keeps for longer"),
        pytest.param("wal_summary_keep_time", "0", "14400", "0", id="for ever is longest"),
    ],
)
def test_setting_that_no_file_has_any_more_is_not_lowered(name: str, running: str, default: str, expected: str) -> None:
    in_force = {**_in_force(), name: ServerSetting(name, "postmaster", running, "default", default, True)}
    request = ArchiveRequest("db1", wal_summary_keep_days=1)

    assert wanted_settings(request, version=17, in_force=in_force, in_files=[])[name] == expected


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"archive_library": "basic_archive"}, "archive-library-set", id="library"),
        pytest.param({"archive_command": "cp %p /a/%f"}, "archive-command-foreign", id="copy"),
        pytest.param(
            {"archive_command": "pgbackrest --stanza=m archive-push %p"}, "archive-command-foreign", id="tool"
        ),
        pytest.param({"archive_command": "broken 'quote"}, "archive-command-foreign", id="nonsense"),
    ],
)
def test_other_archives_are_refused(changes: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as caught:
        wanted_settings(REQUEST, version=18, in_force=_in_force(**changes), in_files=[])
    assert caught.value.code == code
    assert next(iter(changes.values())) in caught.value.message


def test_other_command_gives_way_when_that_is_said() -> None:
    request = ArchiveRequest("db1", summarize_wal=True, replace_archive_command=True)

    wanted = wanted_settings(request, version=15, in_force=_in_force(archive_command="cp %p /a/%f"), in_files=[])

    assert wanted["archive_command"] == OURS


def test_own_command_is_known_wherever_the_program_lies() -> None:
    assert is_ours("'/a b/pgpitr' archive-push --cluster other --config-directory /c %p")
    assert not is_ours("")
