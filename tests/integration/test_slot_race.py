# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A replication slot that its receiver makes, or an operator drops, between the module's look and its deed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.cluster import Cluster
from support.places import collections_path

SUPPORT = Path(__file__).parent / "support"
NAME = "pgpitr_db1"
MADE = f"SELECT pg_create_physical_replication_slot('{NAME}', true)::text"
DROPPED = f"SELECT pg_drop_replication_slot('{NAME}')::text"
LOGICAL = f"SELECT pg_create_logical_replication_slot('{NAME}', 'pgoutput')::text"


@pytest.fixture
def race(make_cluster: Callable[..., Cluster]) -> Callable[..., str]:
    """Plans the slot on a new cluster, lets the statement come first, and carries the plan out."""
    cluster = make_cluster(settings={"wal_level": "logical"})

    def run(is_wanted: str, statement: str) -> str:
        argv = [
            sys.executable,
            str(SUPPORT / "slot_race.py"),
            str(cluster.data),
            str(cluster.program("postgres").parent),
        ]
        done = cluster.os_user.run(
            [*argv, cluster.superuser, NAME, is_wanted, statement],
            extra_environment={"PYTHONPATH": str(collections_path()), "PYTHONDONTWRITEBYTECODE": "1"},
        )
        return done.stdout.strip()

    return run


@pytest.mark.versions(15, 18)
def test_who_comes_first_is_no_failure(race: Callable[..., str]) -> None:
    assert race("yes", MADE) == "done 1"
    assert race("no", DROPPED) == "done 0"
    # But what has come is not what was wanted.
    assert race("yes", LOGICAL) == "sql-failed 1"
