# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WAL that was streamed from a cluster before it was lost, into a directory of ``pg_receivewal``'s."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from ...._core.errors import InvalidInput
from ...._core.postgres.cluster import Cluster
from ...._core.wal.timeline import TimelineHistory
from ...._io.wal.pg_wal import live_histories, received_segments


@dataclass(frozen=True)
class ReceivedWal:
    """Paths of segments by name, the one that was being received included, and the histories of timelines."""

    segments: Mapping[str, str] = field(default_factory=dict)
    histories: Mapping[int, TimelineHistory] = field(default_factory=dict)
    directory: str = ""

    @property
    def files(self) -> dict[str, str]:
        """Paths of all of it by name."""
        names = (history.file_name for history in self.histories.values())
        return {**{name: f"{self.directory}/{name}" for name in names}, **self.segments}


def received_wal(directory: str | None, *, cluster: Cluster) -> ReceivedWal:
    """What lies there of this cluster; nothing where no directory is named.

    Raises InvalidInput (``received-wal-missing``): an empty mount point must not pass for WAL that ends earlier.
    """
    if directory is None:
        return ReceivedWal()
    found = (
        received_segments(
            directory,
            system_identifier=cluster.system_identifier,
            segment_size_bytes=cluster.segment_size.size_bytes,
        )
        if os.path.isdir(directory)
        else {}
    )
    if not found:
        raise InvalidInput(
            f"received_directory '{directory}' has no WAL of the cluster with system identifier"
            f" {cluster.system_identifier} that this user can read",
            code="received-wal-missing",
            hint="Mount or copy the directory of pg_receivewal to this host, let PostgreSQL's account read it, or leave"
            " 'pitr_restore_received_directory' unset to do without.",
        )
    return ReceivedWal(found, live_histories(directory), directory)


__all__ = ("ReceivedWal", "received_wal")
