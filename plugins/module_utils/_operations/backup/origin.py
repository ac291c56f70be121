# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the host and the server of a backup are like while it is taken."""

from __future__ import annotations

from dataclasses import replace

from ..._core.catalogue.origin import DatabaseLocale, Origin, OriginConfiguration
from ..._core.catalogue.record import Backup
from ..._core.errors import Damaged
from ..._core.postgres.cluster import Cluster
from ..._io.catalogue.origins import write_origin
from ..._io.host.machine import glibc_version, hostname, machine
from ..._io.postgres.flat_configuration import flattened, rules_of
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.sql.server import Server

_PROVIDER_SINCE = 15
_LOCALES = (
    "SELECT datname::text, datcollate::text, datctype::text, datlocprovider::text, datcollversion::text"
    " FROM pg_catalog.pg_database WHERE datallowconn ORDER BY datname"
)
_LOCALES_OF_LIBC = (
    "SELECT datname::text, datcollate::text, datctype::text, 'c', NULL"
    " FROM pg_catalog.pg_database WHERE datallowconn ORDER BY datname"
)


def with_origin(
    backup: Backup, *, folder: ClusterFolder, cluster: Cluster, server: Server
) -> tuple[Backup, tuple[str, ...]]:
    """Store beside the backup what a restore on another host has to know; the backup that tells of it, and warnings.

    Where it cannot be read, the backup is none the worse for it: its own host does not need this.
    """
    try:
        digest = write_origin(folder, backup.label, origin=origin_of(cluster, server=server))
    except (Damaged, OSError) as error:
        return backup, (f"a restore of '{backup.label}' on another host will not know the configuration: {error}",)
    return replace(backup, origin_digest=digest), ()


def origin_of(cluster: Cluster, *, server: Server) -> Origin:
    """Everything that a restore on another host has to know of this one."""
    block_size, wal_block_size = server.one(
        "SELECT pg_catalog.current_setting('block_size')::int, pg_catalog.current_setting('wal_block_size')::int"
    )
    return Origin(
        hostname=hostname(),
        machine=machine(),
        libc=glibc_version(),
        data_directory=cluster.data_directory,
        port=cluster.port,
        block_size=block_size,
        wal_block_size=wal_block_size,
        databases=_databases(server, version=cluster.version),
        configuration=OriginConfiguration(
            settings=flattened(cluster.config_file),
            auto=flattened(cluster.auto_config_file),
            hba=rules_of(cluster.hba_file),
            ident=rules_of(cluster.ident_file),
        ),
        debian_name=cluster.debian_name,
    )


def _databases(server: Server, *, version: int) -> tuple[DatabaseLocale, ...]:
    found = server.rows(_LOCALES if version >= _PROVIDER_SINCE else _LOCALES_OF_LIBC)
    return tuple(
        DatabaseLocale(name, kind, collate, ctype, collation) for name, collate, ctype, kind, collation in found
    )


__all__ = ("origin_of", "with_origin")
