# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.running_backup import (
    RunningBackup,
    parse_running,
)

RUNNING = RunningBackup("20260915T123000Z-full", "2026-09-15T12:30:00.000000Z", "copying", 40, 4, 10, 1)


def test_progress_survives_the_round_trip() -> None:
    assert parse_running(json.dumps(asdict(RUNNING))) == RUNNING


@pytest.mark.parametrize(
    ("key", "value"), [("percent", [1]), ("label", None), ("phase", "a\x1b[2J"), ("done_bytes", -1)]
)
def test_progress_of_other_types_is_refused(key: str, value: Any) -> None:
    with pytest.raises(ValueError):
        parse_running(json.dumps({**asdict(RUNNING), key: value}))


def test_progress_that_lacks_something_is_refused() -> None:
    with pytest.raises(KeyError):
        parse_running("{}")
