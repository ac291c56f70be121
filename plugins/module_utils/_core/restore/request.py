# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user asked of a restore, and what the host and the repository are like at that moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..catalogue.record import Backup
from ..errors import InvalidInput
from ..path_text import is_plain_directory
from ..postgres.cluster import Cluster
from ..recovery.given_settings import check_given
from ..target.recovery_target import LATEST, PROMOTE, RecoveryTarget
from ..wal.archive import ArchivedWal
from .scope import RestoreScope


@dataclass(frozen=True)
class RestoreRequest:
    """What is asked for: a target, and optionally the timeline, the backup, and a directory (``None``: in place).

    ``received_directory`` has WAL that was streamed from the cluster, and counts where the repository and the cluster
    lack it. ``tablespace_roots`` are the directories below which tablespaces may lie; empty: any that
    today's cluster uses, and others that are not in use. ``settings`` are those that the restored server is to have, by
    name, over all others. ``source`` is the name of the cluster of the repository where this host need not have it;
    ``tablespaces`` then maps locations there to those here, and ``wal_directory`` is where its WAL goes.
    ``standby``: it is to follow its primary, as ``settings`` say.
    """

    name: str
    target: RecoveryTarget
    action: str = PROMOTE
    timeline: int | None = None
    backup: str | None = None
    directory: str | None = None
    port: int | None = None
    scope: RestoreScope = field(default_factory=RestoreScope)
    tablespace_roots: tuple[str, ...] = ()
    received_directory: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    source: str | None = None
    tablespaces: Mapping[str, str] = field(default_factory=dict)
    wal_directory: str | None = None
    standby: bool = False

    def check(self) -> None:
        """Refuse what no host could do.

        Raises InvalidInput (``action-without-target``, ``limit-missing``, ``path-not-absolute``, ``setting-refused``,
        ``restore-source-missing``, ``standby-refused``).
        """
        if self.target.kind == LATEST and self.action != PROMOTE:
            raise InvalidInput(
                f"target_action '{self.action}' has no meaning for target_latest: without a target the server always "
                "opens",
                code="action-without-target",
                hint="Leave 'pitr_restore_target_action' unset, or give a time, LSN, xid or name to stop at.",
            )
        self._check_places()
        self._check_standby()
        check_given(self.settings, in_place=self.in_place)
        if self.in_place:
            self.scope.check()

    def _check_places(self) -> None:
        named = {
            "tablespace_roots": self.tablespace_roots,
            "tablespaces": (*self.tablespaces, *self.tablespaces.values()),
            "wal_directory": (self.wal_directory,) if self.wal_directory else (),
        }
        for option, paths in named.items():
            wrong = next((path for path in paths if not is_plain_directory(path)), None)
            if wrong is not None:
                raise InvalidInput(
                    f"{option} has '{wrong}', which is not a plain absolute path",
                    code="path-not-absolute",
                    hint="Let each begin with a slash, and have neither '..' nor empty parts.",
                )
        if self.received_directory is not None and not self.received_directory.startswith("/"):
            raise InvalidInput(
                f"received_directory '{self.received_directory}' is not an absolute path",
                code="path-not-absolute",
                hint="Begin 'pitr_restore_received_directory' with a slash.",
            )
        if (self.tablespaces or self.wal_directory) and not (self.source and self.in_place):
            raise InvalidInput(
                "tablespaces and wal_directory are for a cluster that comes to a host which never had it",
                code="restore-source-missing",
                hint="Set 'pitr_restore_source' to the cluster's name. A cluster that is here keeps its places, and a "
                "copy has everything beside it.",
            )

    def _check_standby(self) -> None:
        if not self.standby:
            return
        reasons = {
            "it needs 'source', and comes to the data directory that is missing or empty": self.source
            and self.in_place,
            "it follows to the end of the WAL, which is target_latest": self.target.kind == LATEST,
            "it needs 'primary_conninfo'": self.settings.get("primary_conninfo"),
        }
        wrong = next((reason for reason, is_met in reasons.items() if not is_met), None)
        if wrong is not None:
            raise InvalidInput(
                f"this cannot become a standby: {wrong}",
                code="standby-refused",
                hint="Set 'pitr_restore_source', 'pitr_restore_target_latest' and 'pitr_restore_primary_conninfo'.",
            )

    @property
    def in_place(self) -> bool:
        """Whether the cluster itself is replaced."""
        return self.directory is None

    @property
    def confirmations(self) -> tuple[str, ...]:
        """The texts of which one confirms an in-place restore."""
        return self.scope.confirmations(cluster=self.name, target=str(self.target))

    @property
    def confirmation(self) -> str:
        """The one of them that people are shown."""
        return self.confirmations[0]


def check_source(source: str | None, *, name: str, directory: str | None) -> None:
    """Return when the cluster ``source`` of the repository may come to the host whose cluster has this name.

    In place it goes on under its own name, with a ``directory`` it is a copy. Raises InvalidInput (``source-differs``).
    """
    if source and source != name and not directory:
        raise InvalidInput(
            f"source is '{source}', and the cluster here is '{name}': the successor of '{source}' archives under that "
            "name",
            code="source-differs",
            hint=f"Set 'pitr_cluster_name' to '{source}' for this host; or make a copy with "
            "'pitr_restore_data_directory'.",
        )


@dataclass(frozen=True)
class RestoreFacts:
    """What a plan depends on.

    ``wal`` has the segments of the repository and those that only lie in the cluster's own pg_wal (``live_only``, by
    name). ``tablespaces`` are the cluster's now. ``settings`` has the five hot-standby values in force for the
    restored server, of which ``command_line`` sets some; ``hot_standby`` whether it will let clients in while it
    recovers. ``damaged_histories`` are the
    reasons why archived histories can't be read, by timeline, whether or not pg_wal has them. ``missing`` are those of
    the cluster's directories that do not exist, ``mounted`` those that are mount points, ``pg_wal`` in the data
    directory among them. ``deciding`` are the values that decide what a copy has off.
    """

    cluster: Cluster
    catalogue_version: int
    repository_identifiers: tuple[str, ...]
    backups: tuple[Backup, ...]
    damaged: Mapping[str, str]
    wal: ArchivedWal
    live_only: frozenset[str]
    current_timeline: int
    tablespaces: Mapping[int, str]
    wal_directory: str | None
    settings: Mapping[str, int]
    hot_standby: bool
    damaged_histories: Mapping[int, str] = field(default_factory=dict)
    mount_points: frozenset[str] = frozenset()
    mounted: frozenset[str] = frozenset()
    occupied_ports: frozenset[int] = frozenset()
    not_empty: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    command_line: frozenset[str] = frozenset()
    deciding: Mapping[str, str] = field(default_factory=dict)


__all__ = ("RestoreFacts", "RestoreRequest", "check_source")
