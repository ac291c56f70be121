# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A PostgreSQL cluster on this host, as discovered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..wal.segment import SegmentSize

SYSTEMD = "systemd"
PG_CTLCLUSTER = "pg_ctlcluster"
PG_CTL = "pg_ctl"


@dataclass(frozen=True)
class ServiceName:
    """What starts and stops a cluster: ``kind`` is one of the constants; ``name`` is the unit (``postgresql@17-main``),
    the cluster for ``pg_ctlcluster`` (``17/main``), or empty for ``pg_ctl``."""

    kind: str
    name: str = ""


@dataclass(frozen=True)
class Cluster:
    """A data directory, with everything that is known without connecting to its server.

    ``port`` and ``socket_directory`` are those of the running server, or of the configuration when it is down.
    ``data_directory`` has no symbolic links in its path. ``version`` is the major version, ``server_version`` the full
    one of the programs found, ``system_identifier`` the number in pg_control, as text. ``tablespaces`` are those
    outside the data directory, by oid; ``wal_directory`` is the target of ``pg_wal`` if that is a link, else ``None``.
    ``start_options`` are the arguments that the server was last started with, ``log_file`` is the file to which a
    running server writes its standard error. ``debian_name`` is ``15/main`` where Debian's tools manage the cluster,
    else ``None``. ``is_lost``: the data directory is missing or empty, and all this is from its configuration and the
    repository.
    """

    data_directory: str
    version: int
    bin_directory: str
    config_file: str
    hba_file: str
    ident_file: str
    os_user: str
    port: int
    socket_directory: str
    service: ServiceName
    system_identifier: str
    segment_size: SegmentSize
    running: bool
    in_recovery: bool
    timeline: int
    postmaster_pid: int | None = None
    server_version: str = ""
    tablespaces: Mapping[int, str] = field(default_factory=dict)
    wal_directory: str | None = None
    start_options: tuple[str, ...] = ()
    log_file: str | None = None
    debian_name: str | None = None
    is_lost: bool = False

    @property
    def role(self) -> str:
        """``standby`` while the cluster is in recovery, else ``primary``."""
        return "standby" if self.in_recovery else "primary"

    @property
    def auto_config_file(self) -> str:
        """The file that ALTER SYSTEM writes, which is always in the data directory."""
        return f"{self.data_directory}/postgresql.auto.conf"

    @property
    def wal_path(self) -> str:
        """The directory of the cluster's WAL."""
        return self.wal_directory or f"{self.data_directory}/pg_wal"

    @property
    def own_directories(self) -> tuple[str, ...]:
        """The data directory, and that of the WAL where ``pg_wal`` is a link."""
        return (self.data_directory, *((self.wal_directory,) if self.wal_directory else ()))

    @property
    def has_configuration_inside(self) -> bool:
        """Whether the configuration files are in the data directory, and so in its backups."""
        return self.config_file.startswith(f"{self.data_directory}/")

    def login_roles(self, given: str | None) -> tuple[str, ...]:
        """The roles to log in as, in the order in which they are tried: the one that the user gave, or the usual ones.

        A role with the name of the operating system user need not exist.
        """
        return (given,) if given else tuple(dict.fromkeys([self.os_user, "postgres"]))

    def program(self, name: str) -> str:
        """The full path of one of the cluster's own PostgreSQL programs."""
        return f"{self.bin_directory}/{name}"


__all__ = ("PG_CTL", "PG_CTLCLUSTER", "SYSTEMD", "Cluster", "ServiceName")
