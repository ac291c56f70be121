# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster whose data directory is gone, reconstructed from the program's configuration and the repository."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..catalogue.record import FULL, Backup
from ..postgres.cluster import Cluster, ServiceName

LOST_CODES = ("cluster-missing", "data-directory-invalid", "data-directory-missing", "port-differs")

MISSING = "missing"
EMPTY = "empty"
OCCUPIED = "occupied"

# CATALOG_VERSION_NO of each major version's releases (src/include/catalog/catversion.h); it never changes within one.
# A tablespace's directory is named after it, and elsewhere only the data directory tells it.
CATALOGUE_VERSIONS: Mapping[int, int] = {
    14: 202107181,
    15: 202209061,
    16: 202307071,
    17: 202406281,
    18: 202506291,
}


@dataclass(frozen=True)
class MissingCluster:
    """What was asked for (``None``: nothing), and what the program's configuration at ``config_path`` names.

    Both directories have their links resolved. ``state`` is what lies at the configured one: one of the constants.
    """

    config_path: str
    configured_directory: str
    configured_port: str
    state: str
    asked_directory: str | None = None
    asked_port: int | None = None

    def why_not_lost(self) -> str | None:
        """The reason, in a sentence, why this is not the place of a lost cluster; ``None`` when it is."""
        if not self.configured_directory:
            return f"'{self.config_path}' does not say where a lost data directory was."
        if self.asked_directory not in (None, self.configured_directory):
            return f"'{self.config_path}' names the data directory '{self.configured_directory}'."
        if self.asked_port is not None and str(self.asked_port) != self.configured_port:
            return f"'{self.config_path}' names port {self.configured_port or 'none'}."
        if self.state == OCCUPIED:
            return f"Only a missing or empty data directory counts as lost; '{self.configured_directory}' is not."
        return None


@dataclass(frozen=True)
class Programs:
    """Where PostgreSQL's programs lie, and their full version."""

    directory: str
    version: str


@dataclass(frozen=True)
class ConfigurationFiles:
    """The configuration files that a cluster is started with, and Debian's name of it, if it has one."""

    config_file: str
    hba_file: str
    ident_file: str
    debian_name: str | None = None

    @classmethod
    def inside(cls, directory: str) -> ConfigurationFiles:
        """Those in the data directory itself."""
        return cls(f"{directory}/postgresql.conf", f"{directory}/pg_hba.conf", f"{directory}/pg_ident.conf")


def newest_usable(backups: Iterable[Backup], *, system_identifier: str) -> Backup | None:
    """The backup that tells most of the lost cluster: the full one that ended last."""
    own = [each for each in backups if each.type == FULL and each.system_identifier == system_identifier]
    return max(own, key=lambda each: each.stop_time, default=None)


def remembered_cluster(
    backup: Backup,
    *,
    config: Mapping[str, str],
    os_user: str,
    programs: Programs,
    files: ConfigurationFiles,
    service: ServiceName,
    timelines: Iterable[int],
    tablespaces: Mapping[int, str],
) -> Cluster:
    """The cluster as it was, stopped.

    ``config`` is the program's configuration, ``timelines`` are those that the archive knows: the newest counts as the
    cluster's own. ``tablespaces`` are the ones whose files are still there.
    """
    return Cluster(
        data_directory=config["data_directory"],
        version=backup.version,
        bin_directory=programs.directory,
        config_file=files.config_file,
        hba_file=files.hba_file,
        ident_file=files.ident_file,
        os_user=os_user,
        port=int(config["port"]),
        socket_directory=config["socket_directory"],
        service=service,
        system_identifier=backup.system_identifier,
        segment_size=backup.segment_size,
        running=False,
        in_recovery=False,
        timeline=max([backup.timeline, *timelines]),
        server_version=programs.version,
        tablespaces=dict(tablespaces),
        wal_directory=backup.wal_directory,
        debian_name=files.debian_name,
        is_lost=True,
    )


def tablespace_directory(location: str, *, version: int) -> str | None:
    """Where a cluster of this major version keeps its files in a tablespace's location; ``None``: unknown version.

    >>> tablespace_directory("/mnt/fast", version=15)
    '/mnt/fast/PG_15_202209061'
    """
    if version not in CATALOGUE_VERSIONS:
        return None
    return f"{location}/PG_{version}_{CATALOGUE_VERSIONS[version]}"


__all__ = (
    "CATALOGUE_VERSIONS",
    "EMPTY",
    "LOST_CODES",
    "MISSING",
    "OCCUPIED",
    "ConfigurationFiles",
    "MissingCluster",
    "Programs",
    "newest_usable",
    "remembered_cluster",
    "tablespace_directory",
)
