# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent.backup import backup_request, new_parser, when_free
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.request import BackupRequest, ChainLimits
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.backup_lock import (
    backup_lock,
    is_backup_running,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from held_lock import held_lock


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param("", BackupRequest(), id="nothing"),
        pytest.param("--type full --max-age-seconds=60", BackupRequest(type="full", max_age_seconds=60), id="full"),
        pytest.param(
            "--full-every-days 1 --max-incrementals 2 --max-chain-percent=0",
            BackupRequest(limits=ChainLimits(1, 2, 0)),
            id="limits",
        ),
        pytest.param(
            "--allow-standby --standby-wait-seconds 9",
            BackupRequest(allow_standby=True, standby_wait_seconds=9),
            id="standby",
        ),
        pytest.param("--accept-faults a,b", BackupRequest(accepted_faults=("a", "b")), id="faults"),
        pytest.param("--spool-max-bytes 8388608", BackupRequest(spool_max_bytes=8 << 20), id="spool"),
    ],
)
def test_options(arguments: str, expected: BackupRequest) -> None:
    assert backup_request(new_parser().read(["--cluster", "db1", *arguments.split()])) == expected


def test_it_waits_for_another_backup_and_decides_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place, calls = DirectoryStorage(str(tmp_path)), []

    def act() -> int:
        calls.append(is_backup_running(place))
        try:
            with backup_lock(place):
                return 7
        finally:
            # The other one ends a little after the second refusal.
            if len(calls) == 2:
                threading.Timer(0.3, release.set).start()

    with held_lock(place) as release:
        with pytest.raises(Unavailable) as caught:
            when_free(place, act=act, wait_seconds=0)
        assert caught.value.code == "backup-running" and calls == [True]
        assert when_free(place, act=act, wait_seconds=20) == 7
    assert calls == [True, True, False]
    assert capsys.readouterr().out.startswith("waiting: another backup of this cluster is being written")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ("--type partial", "usage", "--type 'partial' is not one of auto, full, incremental"),
        ("--type", "usage", "--type has no value"),
        ("--max-age-seconds -1", "usage", "--max-age-seconds '-1' is not a whole number"),
        ("--full-every-days often", "usage", "--full-every-days 'often' is not a whole number"),
        ("--full-every-days 40000", "option-out-of-range", "--full-every-days is 40000"),
        ("--allow-standby --skip-standby", "usage", "--skip-standby cannot be given with --allow-standby"),
    ],
)
def test_options_that_make_no_sense(arguments: str, code: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        new_parser().read(["--cluster", "db1", *arguments.split()])
    assert (caught.value.code, caught.value.message) == (code, words)
