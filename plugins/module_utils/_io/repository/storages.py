# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage of a cluster by where its repository is: a directory of this host, another host, or object storage."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..._core.repository.bucket import Bucket
    from ..._core.repository.repository_host import RepositoryHost
    from ..storage.port import Storage


def configured_storage(settings: Mapping[str, str], *, name: str) -> Storage:
    """What one cluster has in the repository that the program's configuration names. Nothing is reached yet."""
    from ..._core.repository.repository_host import RepositoryHost

    bucket = None
    if settings["repository_s3_bucket"]:
        from ..._core.repository.bucket import Bucket

        bucket = Bucket.named(settings)
    host = RepositoryHost.named(settings)
    return cluster_storage(settings["repository_path"], name=name, host=host, bucket=bucket)


def cluster_storage(
    repository_path: str, *, name: str, host: RepositoryHost | None = None, bucket: Bucket | None = None
) -> Storage:
    """What one cluster has in a repository of this host, of another one or in a bucket. Nothing is reached yet.

    It is the right place only while it has the cluster's ``cluster.json``.
    """
    if bucket is not None:
        from ..s3.storage import bucket_of_cluster

        return bucket_of_cluster(bucket, name=name)
    if host is not None:
        return _remote(repository_path, name=name, host=host)
    from ..storage.directory import directory_of_cluster

    return directory_of_cluster(repository_path, name=name)


def _remote(repository_path: str, *, name: str, host: RepositoryHost) -> Storage:
    from ..._core.repository.ssh_command import ssh_command
    from ..remote.connection import Connections
    from ..remote.storage import RemoteStorage

    key = host.identity_file or _own_key(name)
    command = ssh_command(host, repository_path=repository_path, cluster_name=name, key=key)
    return RemoteStorage(Connections(command, place=host.address(repository_path), name=name), name=name)


def _own_key(name: str) -> str:
    """The account's own, whatever HOME says: a process that root has started for it may have root's."""
    import os
    from pwd import getpwuid

    from ..._core.repository.ssh_command import default_key

    return default_key(getpwuid(os.geteuid()).pw_dir, cluster_name=name)


__all__ = ("cluster_storage", "configured_storage")
