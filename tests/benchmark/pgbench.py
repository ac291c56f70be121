# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies in the clusters whose size matters."""

from __future__ import annotations

import os

from support.cluster import Cluster

# 150 is 2.2 GB. A smaller one is for trying out a benchmark; its ratios say little.
SCALE = int(os.environ.get("PITR_BENCH_SCALE", "150"))


def fill(cluster: Cluster) -> None:
    """Make pgbench's tables."""
    connection = ["-h", cluster.socket_directory, "-p", str(cluster.port), "-U", cluster.superuser]
    argv = [cluster.program("pgbench"), "-i", "-q", "-s", str(SCALE), *connection, "postgres"]
    cluster.os_user.run(argv, timeout_seconds=900)
