# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies that can be followed, and those that make no sense."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.several import KEEP_KEYS
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.policy import (
    POLICY_RANGES,
    RetentionPolicy,
    check_policy,
)


@pytest.mark.parametrize("rules", [{"keep_full": 0}, {"keep_days": -1}, {"keep_yearly": 100_001}])
def test_policies_that_make_no_sense_are_refused(rules: dict[str, int]) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_policy(RetentionPolicy(**rules))
    assert caught.value.code == "option-out-of-range"


def test_a_repository_may_have_each_rule_of_its_own() -> None:
    assert tuple(POLICY_RANGES) == KEEP_KEYS
