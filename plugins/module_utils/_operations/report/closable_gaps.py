# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks in the clusters of this host for WAL that the archive lacks."""

from __future__ import annotations

import os
import pwd
from collections.abc import Sequence

from ..._core.archiving.unstored_wal import unstored_sentence
from ..._core.catalogue.closable_gap import Source, closable_gap_sentences, is_in_gap
from ..._core.catalogue.gap import Gap
from ..._core.repository.cluster_document import former_name
from ..._core.repository.identity import RepositoryIdentity
from ..._io.catalogue.unstored_wal import find_unstored
from ..._io.host.machine import hostname, machine_id
from ..._io.postgres.data_directory import has_signal_file
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.wal.pg_wal import live_segments


def closable_gap_remarks(identity: RepositoryIdentity, *, gaps: Sequence[Gap]) -> tuple[str, ...]:
    """What of the gaps can still be archived, in sentences, from data directories of this host that may write.

    A directory that can't be read is passed over: the catalogue is also read by other users, and on hosts without a
    cluster.
    """
    if not gaps:
        return ()
    remarks: list[str] = []
    for directory in _directories_here(identity):
        try:
            found = live_segments(
                f"{directory}/pg_wal",
                system_identifier=identity.system_identifiers[-1],
                segment_size_bytes=identity.segment_size.size_bytes,
                only=lambda name: is_in_gap(name, gaps=gaps),
            )
            source = Source(identity.name, directory, _owner(directory)) if found else None
        except OSError:
            continue
        if source is not None:
            remarks += closable_gap_sentences(found, gaps=gaps, source=source)
    return tuple(remarks)


def unstored_remarks(folder: ClusterFolder, *, gaps: Sequence[Gap]) -> tuple[str, ...]:
    """What only pg_wal of a primary on this host has and the server will not archive, in sentences; no gap twice."""
    identity = folder.identity()
    remarks = []
    for directory in _directories_here(identity):
        try:
            found = () if has_signal_file(directory) else _unstored(folder, directory, identity=identity)
        except OSError:
            continue
        lacking = [name for name in found if not is_in_gap(name, gaps=gaps)]
        if lacking:
            remarks.append(unstored_sentence(lacking, data_directory=directory))
    return tuple(remarks)


def renamed_host_remarks(identity: RepositoryIdentity) -> tuple[str, ...]:
    """The clusters of this host that were registered under another name of it, so that they cannot archive any more."""
    machine, name, document = machine_id(), hostname(), identity.document()
    directories = {each.data_directory for each in identity.writers if each.machine_id == machine}
    found = {
        directory: former_name(document, machine_id=machine, hostname=name, data_directory=directory)
        for directory in sorted(directories)
        if os.path.isdir(directory)
    }
    return tuple(
        f"the cluster in '{directory}' is registered for host '{former}', and this host is called '{name}': it cannot"
        " archive or be backed up until the playbook 'archive' has registered the new name"
        for directory, former in found.items()
        if former is not None
    )


def _unstored(folder: ClusterFolder, directory: str, *, identity: RepositoryIdentity) -> tuple[str, ...]:
    identifier = identity.system_identifiers[-1]
    return find_unstored(folder, wal_directory=f"{directory}/pg_wal", system_identifier=identifier)


def _directories_here(identity: RepositoryIdentity) -> list[str]:
    """The data directories of this host that may write."""
    here = machine_id(), hostname()
    return [each.data_directory for each in identity.writers if (each.machine_id, each.hostname) == here]


def _owner(path: str) -> str:
    uid = os.stat(path).st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


__all__ = ("closable_gap_remarks", "renamed_host_remarks", "unstored_remarks")
