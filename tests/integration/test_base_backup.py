# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A base backup is recorded when it is whole and verified, and otherwise leaves nothing."""

from __future__ import annotations

import pytest
from support.archiving import archive, tree_digest


@pytest.fixture
def options(workbench, cluster, repository):
    return archive(workbench, cluster, repository=repository)


def test_a_backup_is_taken_verified_and_recorded(cluster, options, run_module, repository):
    run = run_module("base_backup", options)

    assert run.changed and run["taken"]
    directory = repository / "db1" / "backups" / run["backup"]["label"]
    assert (directory / "backup.json").exists()
