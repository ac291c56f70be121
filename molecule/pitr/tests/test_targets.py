# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""At each target there were the rows that were committed by then, and no others."""

from __future__ import annotations

import pytest
from pitr_testinfra import RUNNER, Cluster

# host → kind of target → rows after the backup, and the table that was dropped at the end
EXPECTED = {
    "bookworm": {"drop": ("5", "invoice"), "time": ("1", "invoice"), "xid": ("2", "invoice")},
    "trixie": {"drop": ("5", "invoice"), "xid-exclusive": ("1", "invoice"), "name": ("2", "invoice")},
    "forky": {"drop": ("5", "invoice"), "lsn": ("2", "invoice"), "immediate": ("0", "no invoice")},
}
KINDS = [(name, kind) for name, kinds in EXPECTED.items() for kind in kinds]


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_rows_at_the_target(name: str, kind: str) -> None:
    written = RUNNER.get_host(name).file(f"/var/tmp/rows-{kind}").content_string
    assert tuple(written.split("\n")[:2]) == EXPECTED[name][kind]


def test_each_recovery_began_a_timeline(main: Cluster) -> None:
    assert main.timeline() == 4


def test_server_is_active_and_archives(main: Cluster) -> None:
    assert main.is_active()
    assert main.state == "online"
    assert main.stored(main.archived_segment())
