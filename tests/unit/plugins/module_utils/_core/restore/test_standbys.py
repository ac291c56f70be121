# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which standbys a restore or a rollback leaves ahead of their primary."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.standbys import (
    Standby,
    standbys_to_rewind,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.lsn import Lsn

FORK = Lsn.parse("0/4000000")


@pytest.mark.parametrize(
    ("standby", "said"),
    [
        pytest.param(Standby("dr", "10.0.0.2", Lsn.parse("0/4000001")), "'dr' at 10.0.0.2", id="streams"),
        pytest.param(Standby("dr", None, Lsn.parse("0/5000000")), "slot 'dr'", id="slot without a standby"),
        pytest.param(Standby("dr", "10.0.0.2", FORK), None, id="exactly there"),
        pytest.param(Standby("dr", "10.0.0.2", Lsn.parse("0/3000000")), None, id="behind"),
    ],
)
def test_those_ahead_are_named(standby: Standby, said: str | None) -> None:
    expected = () if said is None else (f"to be rewound with pg_rewind, or made again: {said}",)
    assert standbys_to_rewind([standby], fork=FORK) == expected
