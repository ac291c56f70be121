# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is off in a copy."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.recovery.silence import (
    check_silent,
    silence_notes,
    silenced_settings,
)

LIBRARIES = "shared_preload_libraries"


@pytest.mark.parametrize(
    ("version", "there", "absent"),
    [
        (14, {"promote_trigger_file"}, {"archive_library", "sync_replication_slots"}),
        (15, {"promote_trigger_file", "archive_library"}, {"synchronized_standby_slots"}),
        (18, {"archive_library", "sync_replication_slots", "synchronized_standby_slots"}, {"promote_trigger_file"}),
    ],
)
def test_every_version_has_off_what_it_knows(version: int, there: set[str], absent: set[str]) -> None:
    silenced = silenced_settings({}, version=version, directory="/copy")
    assert silenced["archive_mode"] == "off"
    assert silenced["max_logical_replication_workers"] == "0"
    assert silenced["synchronous_standby_names"] == silenced["primary_conninfo"] == ""
    assert there <= silenced.keys()
    assert not absent & silenced.keys()


@pytest.mark.parametrize(
    ("configured", "changed"),
    [
        pytest.param({"log_directory": "log"}, {}, id="inside"),
        pytest.param({"log_directory": "a/../b"}, {}, id="inside after all"),
        pytest.param({"log_directory": "/copy/log"}, {}, id="inside, absolute"),
        pytest.param({"log_directory": "/var/log/postgresql"}, {"log_directory": "log"}, id="outside"),
        pytest.param({"log_directory": "../data/log"}, {"log_directory": "log"}, id="up and into the cluster's"),
        pytest.param({"log_directory": "/copy2/log"}, {"log_directory": "log"}, id="only alike"),
        pytest.param({"stats_temp_directory": "/run/x"}, {"stats_temp_directory": "pg_stat_tmp"}, id="statistics"),
        pytest.param({LIBRARIES: "auto_explain"}, {}, id="a quiet library"),
        pytest.param({LIBRARIES: "auto_explain, pg_cron"}, {LIBRARIES: "auto_explain"}, id="a scheduler"),
        pytest.param({LIBRARIES: "timescaledb"}, {"timescaledb.max_background_workers": "0"}, id="by a setting"),
    ],
)
def test_what_is_configured_decides_the_rest(configured: Mapping[str, str], changed: Mapping[str, str]) -> None:
    always = silenced_settings({}, version=15, directory="/copy")
    assert silenced_settings(configured, version=15, directory="/copy") == {**always, **changed}


@pytest.mark.parametrize("name", ["bdr", "citus", "spock"])
def test_library_that_cannot_be_left_out_is_decided_by_the_user(name: str) -> None:
    with pytest.raises(Refused) as caught:
        check_silent({LIBRARIES: f"auto_explain, {name}"}, given={})
    assert caught.value.code == "copy-not-silent"
    assert f"'{name}'" in str(caught.value)
    check_silent({LIBRARIES: f"auto_explain, {name}"}, given={LIBRARIES: name})
    check_silent({LIBRARIES: "auto_explain, pg_cron"}, given={})


@pytest.mark.parametrize(
    ("configured", "given", "notes"),
    [
        pytest.param({LIBRARIES: "auto_explain"}, {}, [], id="quiet"),
        pytest.param(
            {LIBRARIES: "pg_net"}, {}, ["the copy does not load 'pg_net', which sends HTTP requests"], id="off"
        ),
        pytest.param(
            {LIBRARIES: "pg_net"},
            {LIBRARIES: "pg_net"},
            ["the copy loads 'pg_net', as pitr_restore_settings wants: it sends HTTP requests"],
            id="wanted",
        ),
        pytest.param(
            {LIBRARIES: "ours"},
            {},
            ["the copy loads 'ours': whether that acts on other servers is not known here"],
            id="unknown",
        ),
        pytest.param(
            {"ssl_passphrase_command": "ask"},
            {},
            ["the copy runs the cluster's ssl_passphrase_command when it starts"],
            id="a command that stays",
        ),
    ],
)
def test_notes_say_what_a_reader_would_not_expect(
    configured: Mapping[str, str], given: Mapping[str, str], notes: list[str]
) -> None:
    assert list(silence_notes(configured, given=given)) == notes
