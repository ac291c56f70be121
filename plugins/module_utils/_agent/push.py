# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``pgpitr archive-push``: PostgreSQL's archive_command."""

from __future__ import annotations

import os

from .._core.repository.repository_host import RepositoryHost
from .._io.host.agent_config import read_agent_config
from .._io.repository.cluster_json import read_cluster_document
from .._io.repository.storages import cluster_storage
from .._io.repository.writers import check_writer
from .._io.wal.store import store_wal_file
from .command_line import cluster_and_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def run(arguments: Sequence[str], *, config_directory: str) -> int:
    """Store the WAL file at ``%p`` and return 0 once it is safe; everything else raises."""
    cluster_name, (source_path,) = cluster_and_names(arguments, names=("%p",))
    config = read_agent_config(config_directory, cluster_name=cluster_name)
    if config["repository_mount_point"]:
        from .._io.storage.mount import check_mounted

        check_mounted(config["repository_mount_point"])
    storage = cluster_storage(config["repository_path"], name=cluster_name, host=RepositoryHost.named(config))
    document = read_cluster_document(storage)
    # PostgreSQL runs the command in its data directory; the kernel's name for it has no links in it.
    check_writer(document, data_directory=os.getcwd())
    store_wal_file(
        storage,
        name=os.path.basename(source_path),
        source_path=source_path,
        document=document,
        compression=config["compression"] or "auto",
    )
    return 0


__all__ = ("run",)
