# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Standbys as a primary knows them."""

from __future__ import annotations

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.standbys import Standby
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.sql.standbys import standbys_of
from scripted_server import ScriptedServer


def test_connected_standbys_come_before_slots_that_none_uses() -> None:
    server = ScriptedServer(
        {
            "pg_stat_replication": [("walreceiver", "10.0.0.2", "0/5000060")],
            "slot_type = 'physical'": [("dr", "0/3000000")],
        }
    )
    assert standbys_of(server) == (
        Standby("walreceiver", "10.0.0.2", Lsn.parse("0/5000060")),
        Standby("dr", None, Lsn.parse("0/3000000")),
    )
