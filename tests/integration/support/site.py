# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory of test clusters with the playbooks of the collection, and the disaster that they are for."""

from __future__ import annotations

from typing import Any

from support.cluster import Cluster
from support.workbench import Workbench

ALLOW_RESTART = {"pitr_archiving_allow_restart": True}


class Site:
    """An inventory of clusters with one repository, and the playbooks run on it."""

    def __init__(self, workbench: Workbench, clusters: dict[str, Cluster]) -> None:
        self.workbench = workbench
        self.clusters = clusters
        self.repository = workbench.directory / "repository"
        self.agent = workbench.directory / "pgpitr"
        self.config = workbench.directory / "etc"
        self.inventory = workbench.write_inventory({name: self.variables(one) for name, one in clusters.items()})

    def variables(self, cluster: Cluster) -> dict[str, Any]:
        """What the inventory says of a cluster."""
        return {
            "ansible_become": False,
            "pitr_cluster_data_directory": str(cluster.data),
            "pitr_cluster_bin_directory": str(cluster.installation.bin_directory),
            "pitr_repository_path": str(self.repository),
            "pitr_repository_install_packages": False,
            "pitr_agent_path": str(self.agent),
            "pitr_agent_config_directory": str(self.config),
        }

    def play(self, name: str, **more: Any) -> Any:
        """Run a playbook of the collection."""
        return self.workbench.run_playbook(name, inventory=self.inventory, **more)


def moment(cluster: Cluster) -> str:
    """The server's clock, as an operator would write it down."""
    return str(
        cluster.value("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00:00'")
    )


def lose_the_table(cluster: Cluster) -> str:
    """Rows before and after the backup, a moment, then the disaster and life after it; the moment."""
    cluster.sql("CREATE TABLE kept AS SELECT n FROM generate_series(1, 500) AS n")
    cluster.sql("SELECT pg_sleep(0.05)")
    target = moment(cluster)
    cluster.sql("SELECT pg_sleep(0.05)")
    cluster.sql("DROP TABLE kept")
    cluster.sql("CREATE TABLE later AS SELECT 1 AS n")
    return target
