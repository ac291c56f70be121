# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server's answer means; which role it is, tests/integration/test_checks_role.py asks real servers."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.recovery.checks_role import fitting_role
from scripted_server import Rows, ScriptedServer


@pytest.mark.parametrize(("rows", "role"), [([("shop_owner",)], "shop_owner"), ([], None)])
def test_first_role_is_taken(rows: Rows, role: str | None) -> None:
    assert fitting_role(ScriptedServer({"pg_has_role": rows})) == role
