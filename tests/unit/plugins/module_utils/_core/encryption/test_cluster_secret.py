# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.encryption.cluster_secret import cluster_secret
from control_file import control_file

SECRET = bytes(range(100, 132))


@pytest.mark.parametrize("before", [256, 260, 264, 296])
@pytest.mark.parametrize("order", ["little", "big"])
def test_the_secret_is_found_wherever_a_version_has_it(before: int, order: str) -> None:
    assert cluster_secret(control_file(before=before, order=order), byte_order=order) == SECRET


@pytest.mark.parametrize(
    "content",
    [b"", bytes(8192), control_file(order="little").replace(SECRET[:4], b"torn"), control_file(order="little")[:280]],
)
def test_a_file_that_is_not_whole_has_none(content: bytes) -> None:
    assert cluster_secret(content, byte_order="little") is None
