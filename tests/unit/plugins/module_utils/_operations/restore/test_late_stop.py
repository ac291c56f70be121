# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Only the server that a killed process may have told to stop is stopped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import Cluster
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import SWAPPED, SWAPPING
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore import late_stop
from fake_runner import NoPrograms
from sample_cluster import sample_cluster
from sample_plan import sample_journal

_stops: list[str] = []


class StopsOnPaper:
    def __init__(self, cluster: Cluster, *, runner: object) -> None:
        self.cluster = cluster

    def stop(self, *, timeout_seconds: float) -> None:
        _stops.append(self.cluster.data_directory)
        raise Unavailable("it archives still", code="server-stop-timeout", hint=f"{timeout_seconds} s")


@pytest.mark.parametrize(
    ("more", "now", "is_stopped"),
    [
        pytest.param({}, 4242, True, id="it runs still"),
        pytest.param({}, 4343, False, id="another one was started since"),
        pytest.param({}, None, False, id="it has stopped"),
        pytest.param({"phase": SWAPPED}, 4242, False, id="it was stopped long ago"),
        pytest.param({"in_place": False}, 4242, False, id="a copy stops nothing"),
        pytest.param({"was_running": False}, 4242, False, id="nobody told it anything"),
    ],
)
def test_server_that_was_told_to_stop(
    monkeypatch: pytest.MonkeyPatch, more: dict[str, Any], now: int | None, is_stopped: bool
) -> None:
    _stops.clear()
    monkeypatch.setattr(late_stop, "postmaster_pid", {"/data": now}.get)
    monkeypatch.setattr(late_stop, "Service", StopsOnPaper)
    source = replace(sample_cluster("/data", running=True), postmaster_pid=4242)
    journal = sample_journal(source, **{"pairs": (), "was_running": True, "phase": SWAPPING, **more})
    late_stop.end_late_stop(journal, runner=NoPrograms(), timeout_seconds=5)
    assert _stops == (["/data"] if is_stopped else [])
