# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.held_wal import IdleSlot, held_wal_sentences
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.summarizer import SummarizerState

MIB = 1 << 20
STUCK = SummarizerState(
    1, Lsn(3 << 24), Lsn(3 << 24), redo=Lsn(5 << 24), checkpoint_age_seconds=60, written=Lsn(7 << 24)
)


def test_nothing_stands_still() -> None:
    few = [IdleSlot("restarting", 64 * MIB)]
    assert held_wal_sentences(None, idle=few, segment_bytes=MIB) == ()


def test_what_stands_still_is_named_with_its_remedy() -> None:
    slots = [IdleSlot("gone", 65 * MIB), IdleSlot("restarting", MIB)]
    summarizer, slot = held_wal_sentences(STUCK, idle=slots, segment_bytes=MIB)
    assert summarizer.startswith(
        "the WAL summarizer is stuck at 0/3000000 of timeline 1 and holds back 64.00 MiB of WAL"
    )
    assert "summarize_wal to off" in summarizer
    assert slot.startswith("replication slot 'gone' is not in use and holds back 65.00 MiB of WAL")
    assert "pg_drop_replication_slot('gone')" in slot
