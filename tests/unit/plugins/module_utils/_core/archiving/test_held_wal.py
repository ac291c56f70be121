# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.held_wal import (
    HeldWal,
    KeptWal,
    ReplicationSlot,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.open_transaction import (
    SESSION,
    OpenTransaction,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.summarizer import SummarizerState

MIB = 1 << 20
STUCK = SummarizerState(
    1, Lsn(3 << 24), Lsn(3 << 24), redo=Lsn(5 << 24), checkpoint_age_seconds=60, written=Lsn(7 << 24)
)


def test_nothing_stands_still() -> None:
    slots = (ReplicationSlot("restarting", 64 * MIB), ReplicationSlot("late", 900 * MIB, is_active=True))
    held = HeldWal(None, slots, segment_bytes=MIB)

    assert held.sentences() == ()
    assert held.kept() == (
        KeptWal("slot", "late", 900 * MIB, "in use"),
        KeptWal("slot", "restarting", 64 * MIB, "not in use"),
    )


def test_what_stands_still_is_named_with_its_remedy() -> None:
    slots = (ReplicationSlot("gone", 65 * MIB), ReplicationSlot("restarting", MIB))
    summarizer, slot = HeldWal(STUCK, slots, segment_bytes=MIB).sentences()

    assert summarizer.startswith(
        "the WAL summarizer is stuck at 0/3000000 of timeline 1 and holds back 64.00 MiB of WAL"
    )
    assert "summarize_wal to off" in summarizer
    assert slot.startswith("replication slot 'gone' is not in use and holds back 65.00 MiB of WAL, without a limit")
    assert "pg_drop_replication_slot('gone')" in slot


def test_receiver_that_is_connected_and_stands_still_is_named() -> None:
    slots = (ReplicationSlot("hung", 65 * MIB, is_active=True, is_still=True),)
    (sentence,) = HeldWal(None, slots, segment_bytes=MIB).sentences()

    assert "slot 'hung' is connected and takes nothing more: the slot holds back 65.00 MiB of WAL, without" in sentence
    assert "pg_terminate_backend" in sentence


def test_slots_that_are_lost_or_about_to_be_are_named() -> None:
    slots = (
        ReplicationSlot("lost", None, wal_status="lost"),
        ReplicationSlot("late", 70 * MIB, is_active=True, wal_status="unreserved"),
        ReplicationSlot("gone", 65 * MIB, wal_status="extended"),
        ReplicationSlot("new", None, wal_status=""),
    )
    held = HeldWal(None, slots, segment_bytes=MIB, slot_limit_bytes=66 * MIB)
    lost, late, gone = held.sentences()

    assert lost.startswith("replication slot 'lost' is lost, because the server has removed WAL that it needs")
    assert late.startswith("replication slot 'late' is about to be lost") and "66.00 MiB" in late
    assert "holds back 65.00 MiB of WAL, up to 66.00 MiB (max_slot_wal_keep_size)" in gone
    assert [(each.name, each.state) for each in held.kept()] == [
        ("late", "in use"),
        ("gone", "not in use"),
        ("lost", "lost"),
    ]


def test_every_reason_reads_as_text() -> None:
    held = HeldWal(STUCK, (ReplicationSlot("gone", MIB),), segment_bytes=MIB, keep_bytes=2 * MIB)

    assert [str(each) for each in held.kept()] == [
        "64.00 MiB for the WAL summarizer (stuck)",
        "2.00 MiB for wal_keep_size",
        "1.00 MiB for slot 'gone' (not in use)",
    ]


def test_receiver_that_does_not_run_is_named_at_once() -> None:
    slots = (ReplicationSlot("pgpitr_db1", MIB), ReplicationSlot("pgpitr_db2", 2 * MIB, is_active=True))
    held = HeldWal(None, slots, segment_bytes=MIB, slot_limit_bytes=66 * MIB)
    (sentence,) = held.sentences()

    assert sentence.startswith("WAL is not streamed: nobody receives by the replication slot 'pgpitr_db1'")
    assert "holds back 1.00 MiB, up to 66.00 MiB" in sentence
    assert [each.is_stream for each in held.kept()] == [True, True]
    assert not KeptWal("slot", "standby1", 1, "in use").is_stream


def test_slot_that_waits_for_a_transaction_is_named_with_it() -> None:
    holder = OpenTransaction(SESSION, 7320, "shop", "app", pid=4711, state="idle in transaction")
    slots = (ReplicationSlot("sub", 65 * MIB, is_active=True, holder=holder),)
    held = HeldWal(None, slots, segment_bytes=MIB)
    (sentence,) = held.sentences()

    assert "replication slot 'sub' holds back 65.00 MiB of WAL, without a limit" in sentence
    assert "although its receiver has everything" in sentence and "process 4711" in sentence
    assert held.kept() == (KeptWal("slot", "sub", 65 * MIB, "held by a transaction", holder),)
