# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archiver_stats import (
    ArchiverStats,
    ReadyFiles,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.server_facts import (
    BackupFacts,
    check_archiver,
    check_archiving,
    check_tablespaces,
    is_archive_command_of,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError

NOW = datetime(2026, 9, 15, 12, tzinfo=timezone.utc)
SEGMENT = "000000010000000000000007"
NOTHING_WAITS = ReadyFiles((), 0.0)
COMMAND = "/usr/local/bin/pgpitr archive-push --cluster db1 %p"
FACTS = BackupFacts(
    now=NOW,
    timeline=1,
    in_recovery=False,
    user="postgres",
    may_replicate=True,
    system_identifier="1",
    tablespaces={},
    settings={"archive_mode": "on", "archive_command": COMMAND, "server_version_num": "150018"},
    wal_compression_values=(),
    archiver=ArchiverStats(9, SEGMENT, NOW - timedelta(seconds=5), 0, None, None),
    ready=NOTHING_WAITS,
    size_bytes=1000,
)


def code_of(facts: BackupFacts) -> str | None:
    """What is refused, None when the backup may begin."""
    try:
        check_archiving(facts, cluster_name="db1", config_directory="/etc/pgpitr")
    except PitrError as error:
        assert error.hint
        return error.code
    return None


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param({}, None, id="archiving to us"),
        pytest.param({"archive_mode": "always"}, None, id="always"),
        pytest.param({"archive_mode": "off"}, "archiving-off", id="off"),
        pytest.param({"archive_command": ""}, "archiving-off", id="no command"),
        pytest.param({"archive_command": "cp %p /backup/%f"}, "archive-command-foreign", id="another tool's"),
        pytest.param(
            {"archive_command": "", "archive_library": "basic_archive"}, "archive-command-foreign", id="a library"
        ),
    ],
)
def test_archiving(settings: dict[str, str], expected: str | None) -> None:
    assert code_of(replace(FACTS, settings={**FACTS.settings, **settings})) == expected


@pytest.mark.parametrize(
    ("archiver", "ready", "is_failing"),
    [
        pytest.param(ArchiverStats(0, None, None, 0, None, None), NOTHING_WAITS, False, id="nothing yet"),
        pytest.param(
            ArchiverStats(9, SEGMENT, NOW, 3, SEGMENT, NOW - timedelta(hours=1)), NOTHING_WAITS, False, id="recovered"
        ),
        pytest.param(
            ArchiverStats(9, SEGMENT, NOW - timedelta(hours=1), 3, SEGMENT, NOW), NOTHING_WAITS, True, id="failing"
        ),
        pytest.param(ArchiverStats(0, None, None, 1, SEGMENT, NOW), NOTHING_WAITS, True, id="never worked"),
        pytest.param(
            ArchiverStats(9, SEGMENT, NOW - timedelta(seconds=2), 0, None, None),
            ReadyFiles((SEGMENT,), 600.0),
            False,
            id="behind, and working",
        ),
        pytest.param(
            ArchiverStats(9, SEGMENT, NOW - timedelta(hours=1), 0, None, None),
            ReadyFiles((SEGMENT,), 600.0),
            True,
            id="a command that can't be run is not counted",
        ),
        pytest.param(
            ArchiverStats(9, SEGMENT, NOW - timedelta(hours=1), 0, None, None),
            ReadyFiles((SEGMENT,), 3.0),
            False,
            id="idle, and a segment just ended",
        ),
    ],
)
def test_archiver(archiver: ArchiverStats, ready: ReadyFiles, *, is_failing: bool) -> None:
    if not is_failing:
        check_archiver(archiver, ready=ready, now=NOW)
        return
    with pytest.raises(PitrError, match=SEGMENT) as caught:
        check_archiver(archiver, ready=ready, now=NOW)
    assert caught.value.code == "archiver-failing"


@pytest.mark.parametrize(
    ("command", "cluster_name", "config_directory", "expected"),
    [
        pytest.param(COMMAND, "db1", "/etc/pgpitr", True, id="ours"),
        pytest.param(COMMAND, "db2", "/etc/pgpitr", False, id="another cluster's"),
        pytest.param(COMMAND, "db1", "/srv/pgpitr", False, id="another configuration"),
        pytest.param(
            "'/srv/it is'/pgpitr archive-push --cluster db1 --config-directory '/srv/100%%' %p",
            "db1",
            "/srv/100%",
            True,
            id="quoted",
        ),
        pytest.param("unbalanced '", "db1", "/etc/pgpitr", False, id="no command at all"),
    ],
)
def test_whose_command(command: str, cluster_name: str, config_directory: str, *, expected: bool) -> None:
    found = is_archive_command_of(command, cluster_name=cluster_name, config_directory=config_directory)
    assert found is expected


def test_tablespace_made_in_place_is_refused() -> None:
    check_tablespaces(replace(FACTS, tablespaces={7: "/srv/ts"}))
    with pytest.raises(PitrError, match="'pg_tblspc/8' was made in place") as caught:
        check_tablespaces(replace(FACTS, tablespaces={7: "/srv/ts", 8: "pg_tblspc/8"}))
    assert caught.value.code == "tablespace-in-place"
