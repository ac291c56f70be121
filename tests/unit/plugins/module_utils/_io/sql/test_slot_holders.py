# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.held_wal import ReplicationSlot
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.open_transaction import (
    PREPARED,
    SESSION,
    UNKNOWN,
    OpenTransaction,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.sql.slot_holders import with_holders
from scripted_server import ScriptedServer

MIB = 1 << 20
WRITTEN = Lsn.parse("0/7000000")
LATE = ReplicationSlot("sub", 90 * MIB, is_active=True)
OPEN = (SESSION, 7, 60.5, "shop", "app", 4711, "active", "")
GID = (PREPARED, 9, 3600.0, "shop", "app", 0, "", "x")


def holder(
    slot: ReplicationSlot = LATE,
    *,
    confirmed: str = "0/6F00000",
    transactions: tuple[Any, ...] = (OPEN,),
    sees_all: bool = True,
    in_recovery: bool = False,
) -> OpenTransaction | None:
    answers: dict[str, Any] = {
        "confirmed_flush_lsn": [("sub", confirmed)],
        "pg_is_in_recovery": [(in_recovery,)],
        "pg_prepared_xacts": list(transactions),
        "pg_has_role": [(sees_all,)],
    }
    (found,) = with_holders(ScriptedServer(answers), (slot,), segment_bytes=MIB, written=WRITTEN)
    return found.holder


def test_oldest_transaction_holds_a_slot_whose_receiver_has_everything() -> None:
    assert holder() == OpenTransaction(SESSION, 60.5, "shop", "app", pid=4711, state="active")
    assert holder(transactions=(GID, OPEN)) == OpenTransaction(PREPARED, 3600.0, "shop", "app", gid="x")


@pytest.mark.parametrize(
    "situation",
    [
        pytest.param({"slot": ReplicationSlot("sub", 60 * MIB, is_active=True)}, id="not far behind"),
        pytest.param({"slot": ReplicationSlot("standby", 90 * MIB, is_active=True)}, id="physical"),
        pytest.param({"slot": ReplicationSlot("sub", 90 * MIB, is_active=True, is_still=True)}, id="its receiver is"),
        pytest.param({"confirmed": "0/1000000"}, id="its receiver has not confirmed it"),
        pytest.param({"transactions": ()}, id="no transaction is open"),
        pytest.param({"transactions": ((SESSION, 7, 5.0, "shop", "app", 4711, "active", ""),)}, id="it has just begun"),
    ],
)
def test_nothing_is_named_that_need_not_hold_it(situation: dict[str, Any]) -> None:
    assert holder(**situation) is None


@pytest.mark.parametrize("why", [{"in_recovery": True}, {"transactions": (), "sees_all": False}], ids=str)
def test_what_cannot_be_seen_is_told_as_unknown(why: dict[str, Any]) -> None:
    assert holder(**why) == OpenTransaction(UNKNOWN)


def test_server_that_cannot_say_where_it_is_is_asked_nothing() -> None:
    assert with_holders(ScriptedServer({}), (LATE,), segment_bytes=MIB, written=None) == (LATE,)
