# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A repository: the directory or bucket that holds the backups and the WAL of many clusters."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from ..._core.errors import InvalidInput, Unavailable
from ..._core.repository.bucket import Bucket
from ..._core.repository.cluster_name import check_cluster_name
from ..._core.repository.repository_host import RepositoryHost
from ..encryption.age_identity import AgeIdentity
from ..storage.directory import DirectoryStorage
from ..storage.mount import check_mounted
from .cluster_folder import ClusterFolder
from .cluster_json import cluster_names


class Repository:
    """The repository at ``path``; ``mount_point`` must be mounted whenever it is used (``None``: nothing must).

    ``host`` is another one that keeps it, or ``bucket`` does; ``None``: this one does. What is added is encrypted
    for ``recipients``, as far as there are any, and ``identity`` decrypts what is encrypted. ``others`` are further
    repositories of the same clusters; this one is the first, where backups go. Among several each has a ``name``, and
    may have rules of retention of its own: ``keep``, by their names.
    """

    def __init__(
        self,
        path: str,
        *,
        mount_point: str | None = None,
        host: RepositoryHost | None = None,
        bucket: Bucket | None = None,
        recipients: tuple[str, ...] = (),
        identity: AgeIdentity | None = None,
        name: str = "",
        is_required: bool = True,
        keep: Mapping[str, int] | None = None,
        others: Sequence[Repository] = (),
    ) -> None:
        self.name = name
        self.keep = dict(keep or {})
        self.is_required = is_required
        self.others = tuple(others)
        self._everywhere: dict[str, ClusterFolder] = {}
        self.path = bucket.address() if bucket else path.rstrip("/") or "/"
        self.mount_point = mount_point or None
        self.host = host
        self.bucket = bucket
        self.recipients = recipients
        self.identity = identity

    @property
    def is_here(self) -> bool:
        """Whether this host keeps it, or has it mounted."""
        return self.host is None and self.bucket is None

    def check(self) -> None:
        """Return when the repository can be read and written by the effective user; writes nothing.

        What is kept elsewhere is looked at by whatever is done first with a cluster there.

        Raises Unavailable (``repository-not-mounted``, ``repository-missing``, ``repository-not-readable``,
        ``repository-not-writable``).
        """
        self.check_readable()
        if self.is_here and not os.access(self.path, os.W_OK, effective_ids=True):
            raise Unavailable(
                f"repository_path '{self.path}' is not writable by user id {os.geteuid()}",
                code="repository-not-writable",
                hint="It must belong to the user that PostgreSQL runs as (mode 0700), on a file system mounted for"
                " writing.",
            )

    def check_readable(self) -> None:
        """As :meth:`check`, without the right to write."""
        if not self.is_here:
            return
        check_mounted(self.mount_point)
        if not os.path.isdir(self.path):
            raise Unavailable(
                f"repository_path '{self.path}' is not a directory that exists",
                code="repository-missing",
                hint="Mount or create it; the agent module and the playbook 'archive' create a repository.",
            )
        if not os.access(self.path, os.R_OK | os.X_OK, effective_ids=True):
            raise Unavailable(
                f"repository_path '{self.path}' is not readable by user id {os.geteuid()}",
                code="repository-not-readable",
                hint="It must belong to the user that PostgreSQL runs as (mode 0700).",
            )

    def check_is_here(self, what: str) -> None:
        """Return when this host may do the work, because no other host keeps the repository.

        Raises InvalidInput (``repository-elsewhere``).
        """
        if self.host is not None:
            raise InvalidInput(
                f"{what} is the work of the repository's host, '{self.host.name}'",
                code="repository-elsewhere",
                hint="A database host can only add to it and read its own cluster. The playbooks run this there.",
            )

    def cluster(self, name: str) -> ClusterFolder:
        """The folder of the cluster with this name, which need not exist.

        Raises InvalidInput (``invalid-cluster-name``).
        """
        check_cluster_name(name)
        return ClusterFolder(
            self.path,
            name=name,
            host=self.host,
            bucket=self.bucket,
            recipients=self.recipients,
            identity=self.identity,
        )

    def everywhere(self, name: str) -> ClusterFolder:
        """The folders of the cluster in all repositories as one, to restore from; always the same object.

        Raises InvalidInput (``invalid-cluster-name``).
        """
        if not self.others:
            return self.cluster(name)
        if name not in self._everywhere:
            from .several_folders import NamedFolder, SeveralFolders

            self._everywhere[name] = SeveralFolders(
                [
                    NamedFolder(each.name, each.cluster(name), each.is_required, each.check_readable)
                    for each in (self, *self.others)
                ]
            )
        return self._everywhere[name]

    def cluster_names(self) -> tuple[str, ...]:
        """The names of the clusters in the repository, sorted. Raises InvalidInput (``option-missing``)."""
        if self.host is not None:
            raise InvalidInput(
                f"the repository on '{self.host.name}' tells of no cluster but the one that is named",
                code="option-missing",
                hint="Set 'pitr_cluster_name', or ask on the repository's host.",
            )
        if self.bucket is not None:
            from ..s3.storage import bucket_of_repository

            return cluster_names(bucket_of_repository(self.bucket))
        return cluster_names(DirectoryStorage(self.path))


__all__ = ("Repository",)
