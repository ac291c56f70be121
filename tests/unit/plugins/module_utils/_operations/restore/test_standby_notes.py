# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore says of standbys keeps nobody from it."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.cluster import Cluster
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.sql.server import Server
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.standby_notes import (
    replaced_notes,
    standby_notes,
)
from sample_cluster import sample_cluster
from scripted_server import ScriptedServer

FORK = Lsn.parse("0/4000000")


def test_standby_ahead_is_named_and_the_session_ends() -> None:
    server = ScriptedServer({"pg_stat_replication": [("dr", "this host", "0/5000060")], "slot_type = 'physical'": []})
    notes = standby_notes(sample_cluster(), fork=FORK, connect=lambda _cluster: server)
    assert notes == ("to be rewound with pg_rewind, or made again: 'dr' at this host",)
    assert server.is_closed


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(Unavailable("stopped", code="server-down", hint="Start it."), (), id="stopped"),
        pytest.param(
            Unavailable("no such role", code="login-failed", hint="Make it."),
            ("standbys and slots are not known, as the server does not answer: no such role",),
            id="runs",
        ),
    ],
)
def test_server_that_cannot_be_asked_keeps_nobody(error: Unavailable, said: tuple[str, ...]) -> None:
    def refused(_cluster: Cluster) -> Server:
        raise error

    assert standby_notes(sample_cluster(), fork=FORK, connect=refused) == said


@pytest.mark.parametrize(
    ("fork", "said"),
    [
        pytest.param(FORK, ["standbys to be rewound with pg_rewind, or made again: 'dr' at this host"], id="back"),
        pytest.param(None, [], id="to the end"),
    ],
)
def test_slots_of_what_is_replaced_are_named(fork: Lsn | None, said: list[str]) -> None:
    server = ScriptedServer(
        {
            "pg_stat_replication": [("dr", "this host", "0/5000060")],
            "slot_type = 'physical'": [],
            "NOT temporary": [("orders",)],
        }
    )
    notes = replaced_notes(sample_cluster(), fork=fork, connect=lambda _cluster: server)
    assert [*notes] == [*said, "replication slots are in no backup, and are to be made again: 'orders'"]
