# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WAL that only a stopped cluster has: into the repository where that works, and to where recovery reads it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping

from ...._core.errors import PitrError, Unavailable
from ...._core.postgres.cluster import Cluster
from ...._core.wal.file_name import SEGMENT, TIMELINE_HISTORY, wal_file_kind
from ...._io.host.files import fsync_directory, list_directory, open_regular
from ...._io.host.temporary_file import open_temporary
from ...._io.repository.cluster_folder import ClusterFolder
from ...._io.wal.pg_wal import live_segments


def store_last_wal(
    folder: ClusterFolder,
    cluster: Cluster,
    *,
    first: str,
    received: Mapping[str, str],
    restored: str | None = None,
) -> tuple[str, ...]:
    """Archive what the stopped server had ready, and what the repository lost although the server still has it.

    ``first`` is the name of the first segment that recovery reads; ``received`` has paths of files that were streamed
    from the cluster, by name; ``restored`` is the restored data directory, without which nothing could be encrypted
    once the cluster's own is lost. A hole in the repository would end the recovery even where the segment lies in
    pg_wal, and so would a timeline without its history. The names that could not be stored come back; they stay in the
    old directory, and what recovery needs of them is carried over.
    """
    source, left, secret = cluster.wal_path, [], restored if cluster.is_lost else None
    paths = own_segments(cluster, received)
    newest = frozenset(_newest(paths))
    wanted = [name for name in paths if name not in newest and _is_read(name, first=first)]
    histories = _missing(folder, _histories(source, received))
    for name in dict.fromkeys((*histories, *_ready(source), *_missing(folder, wanted))):
        try:
            path = paths.get(name, f"{source}/{name}")
            folder.store_wal(path, name=name, data_directory=cluster.data_directory, secret_directory=secret)
        except (PitrError, OSError):
            left.append(name)
    return tuple(left)


def carry_wal(
    folder: ClusterFolder,
    cluster: Cluster,
    *,
    destination: str,
    first: str,
    received: Mapping[str, str],
    last: str | None = None,
) -> tuple[str, ...]:
    """Copy segments and histories that are not in the repository into another pg_wal.

    ``first`` and ``last`` (``None``: there is none) have the numbers of the segments between which they are copied.
    ``destination`` is a pg_wal directory; the result are the names copied. The repository wins where recovery finds a
    segment in both. The newest segment is marked as done: it is not complete, and as ``.partial`` in the archive it
    could stand in the way of the old cluster's own, should that be brought back.
    """
    source = cluster.wal_path
    paths = own_segments(cluster, received)
    within = (name for name in paths if last is None or name[8:] <= last[8:])
    wanted = _missing(folder, [name for name in within if _is_read(name, first=first)])
    os.makedirs(f"{destination}/archive_status", mode=0o700, exist_ok=True)
    for name in (*wanted, *_missing(folder, _histories(source, received))):
        copy_file(paths.get(name, f"{source}/{name}"), f"{destination}/{name}")
    for name in _newest(wanted):
        with open(f"{destination}/archive_status/{name}.done", "wb"):
            pass
    fsync_directory(destination)
    return tuple(wanted)


def own_segments(cluster: Cluster, received: Mapping[str, str]) -> dict[str, str]:
    """Paths of the segments with WAL of the cluster's own, by name; what was received counts where it lacks one."""
    found = live_segments(
        cluster.wal_path,
        system_identifier=cluster.system_identifier,
        segment_size_bytes=cluster.segment_size.size_bytes,
    )
    return dict(sorted({**received, **found}.items()))


def _is_read(name: str, *, first: str) -> bool:
    """Whether this is a segment from that one on, on whatever timeline."""
    return wal_file_kind(name) == SEGMENT and name[8:] >= first[8:]


def _histories(wal: str, received: Mapping[str, str]) -> list[str]:
    return [name for name in sorted({*list_directory(wal), *received}) if wal_file_kind(name) == TIMELINE_HISTORY]


def _missing(folder: ClusterFolder, names: Iterable[str]) -> list[str]:
    """Those that are not in the repository. A pg_wal has few files, and an archive may have a million to be listed."""
    return [name for name in names if not _is_stored(folder, name)]


def _is_stored(folder: ClusterFolder, name: str) -> bool:
    try:
        return folder.find_wal(name) is not None
    except Unavailable:
        # What the repository has cannot be told while it is away, so nothing of pg_wal is left behind.
        return False


def _newest(names: Iterable[str]) -> list[str]:
    """The last segment of each timeline."""
    last: dict[str, str] = {}
    for name in sorted(name for name in names if wal_file_kind(name) == SEGMENT):
        last[name[:8]] = name
    return list(last.values())


def _ready(wal: str) -> list[str]:
    suffix = ".ready"
    names = [name[: -len(suffix)] for name in sorted(list_directory(f"{wal}/archive_status")) if name.endswith(suffix)]
    # Histories first: a timeline must be known before its segments are.
    return sorted(
        (name for name in names if os.path.exists(f"{wal}/{name}")), key=lambda name: wal_file_kind(name) == SEGMENT
    )


def copy_file(source: str, destination: str) -> None:
    """Copy a file durably. Raises OSError, Damaged."""
    descriptor, temporary = open_temporary(destination)
    with os.fdopen(descriptor, "wb") as target, os.fdopen(open_regular(source), "rb") as stream:
        shutil.copyfileobj(stream, target)
        target.flush()
        os.fsync(target.fileno())
    os.rename(temporary, destination)


__all__ = ("carry_wal", "store_last_wal")
