# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unit that guards a job."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.schedule.guard_unit import (
    guard_name,
    guard_unit,
)

COMMAND = ["/usr/bin/python3", "-I", "/var/lib/pgpitr/guards/x/guard.zip"]


@pytest.mark.parametrize(
    ("service", "after"),
    [
        (None, ""),
        ("pg-main", " pg-main.service"),
        ("pg-main.service", " pg-main.service"),
        ("18/main", ""),
    ],
)
def test_it_starts_behind_the_servers(service: str | None, after: str) -> None:
    text = guard_unit("/data/main", command=COMMAND, service=service)
    (line,) = [line for line in text.splitlines() if line.startswith("After=")]
    assert " postgresql.service " in line and " postgresql-18.service " in line and line.endswith(f"-19.service{after}")
    assert "\nRestart=on-failure\n" in text and "\nKillMode=process\n" in text
    assert f"\nConditionPathExists={COMMAND[-1]}\n" in text and "\nRequiresMountsFor=/data/main\n" in text


def test_odd_directories_are_quoted_or_refused() -> None:
    text = guard_unit("/data/50% o'clock", command=COMMAND, service=None)
    assert "\nDescription=Brings the restore of /data/50%% o'clock to its end" in text
    assert guard_name("/data/50% x") == "pgpitr-guard-data-50\\x25\\x20x"
    with pytest.raises(InvalidInput):
        guard_unit("/data/a\nExecStartPre=/bin/false", command=COMMAND, service=None)
