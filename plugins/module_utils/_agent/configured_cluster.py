# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster of this host as the program's configuration names it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .._core.encryption.age_keys import parse_recipients
from .._core.errors import InvalidInput
from .._core.host.agent_config import is_required, other_repositories
from .._core.postgres.cluster import Cluster
from .._core.repository.bucket import Bucket
from .._core.repository.repository_host import RepositoryHost
from .._core.repository.several import own_rules
from .._io.encryption.age_identity import AgeIdentity
from .._io.host.agent_config import read_agent_config
from .._io.host.runner import Runner, SystemRunner
from .._io.postgres.discovery import ClusterRequest, cluster_at
from .._io.repository.cluster_folder import ClusterFolder
from .._io.repository.repository import Repository
from .._io.sql.psql_server import PsqlServer


@dataclass(frozen=True)
class ConfiguredCluster:
    """The name, the settings of its configuration file, how to run programs, and what decrypts its archive."""

    name: str
    config: Mapping[str, str]
    runner: Runner
    identity: AgeIdentity | None = None

    @classmethod
    def read(cls, name: str, *, config_directory: str) -> ConfiguredCluster:
        """Read its configuration. Raises InvalidInput and Unavailable as :func:`read_agent_config` does."""
        return cls(name, read_agent_config(config_directory, cluster_name=name), SystemRunner())

    @property
    def repository(self) -> Repository:
        """Its repository, the first of several."""
        return self._repository(
            self.config, others=[self._repository(each) for each in other_repositories(self.config)]
        )

    def _repository(self, config: Mapping[str, str], *, others: Sequence[Repository] = ()) -> Repository:
        return Repository(
            config["repository_path"],
            mount_point=config["repository_mount_point"],
            host=RepositoryHost.named(config),
            bucket=Bucket.named(config),
            recipients=parse_recipients(config["repository_age_recipients"]),
            identity=self.identity,
            name=config["repository_name"],
            is_required=is_required(config),
            keep=own_rules(config),
            others=others,
        )

    @property
    def folder(self) -> ClusterFolder:
        """Its folder there."""
        return self.repository.cluster(self.name)

    def discover(self) -> Cluster:
        """The cluster as it is now.

        Raises InvalidInput (``config-invalid``) when its data directory is not configured, and what
        :func:`cluster_at` raises.
        """
        if not self.config["data_directory"]:
            raise InvalidInput(
                f"the configuration of '{self.name}' does not set 'data_directory'",
                code="config-invalid",
                hint="Run the playbook 'archive', which writes it.",
            )
        wanted = ClusterRequest(
            bin_directory=self.config["bin_directory"] or None, os_user=self.config["os_user"] or None
        )
        return cluster_at(self.config["data_directory"], runner=self.runner, wanted=wanted)

    def connect(self, cluster: Cluster) -> PsqlServer:
        """Ask its server through psql."""
        return PsqlServer(cluster, login_user=self.config["login_user"] or None)


__all__ = ("ConfiguredCluster",)
