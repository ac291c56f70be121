# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recovery windows."""

from __future__ import annotations

from in_segments import B1, EPOCH, catalogue, position, wal


def test_window_covers_both_ends() -> None:
    window = catalogue([B1], wal(1, 2, 3)).windows[0]
    assert window.covers(B1.stop_lsn) and window.covers(position(4))
    assert not window.covers(position(2.7)) and not window.covers(position(4.1))
    assert window.until(EPOCH).to_time == EPOCH
