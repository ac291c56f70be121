# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no host could do is refused at once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.request import RestoreRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.scope import RestoreScope
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.target.recovery_target import RecoveryTarget
from sample_plan import REQUEST

LATEST = replace(REQUEST, target=RecoveryTarget.parse("latest", True))
FLEET = RestoreScope(cluster_count=3)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        pytest.param(REQUEST, None, id="a time"),
        pytest.param(replace(REQUEST, action="pause"), None, id="a pause at a time"),
        pytest.param(LATEST, None, id="the end"),
        pytest.param(replace(LATEST, action="pause"), "action-without-target", id="a pause at no target"),
        pytest.param(replace(REQUEST, scope=FLEET), "limit-missing", id="several clusters in place"),
        pytest.param(replace(REQUEST, scope=FLEET, directory="/copy"), None, id="several copies"),
    ],
)
def test_request_is_checked(request_: RestoreRequest, code: str | None) -> None:
    if code is None:
        request_.check()
        return
    with pytest.raises(InvalidInput) as caught:
        request_.check()
    assert caught.value.code == code


def test_confirmation_names_cluster_and_target() -> None:
    assert REQUEST.confirmation == "db1@2026-09-15T14:30:00+02:00"
    assert replace(LATEST, scope=replace(FLEET, fleet=True)).confirmation == "3 clusters@latest"
    assert (REQUEST.in_place, replace(REQUEST, directory="/copy").in_place) == (True, False)
