# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks in the clusters of this host for WAL that the archive lacks."""

from __future__ import annotations

import os
import pwd
from collections.abc import Sequence

from ..._core.catalogue.closable_gap import Source, closable_gap_sentences, is_in_gap
from ..._core.catalogue.gap import Gap
from ..._core.repository.identity import RepositoryIdentity
from ..._io.host.machine import hostname, machine_id
from ..._io.wal.pg_wal import live_segments


def closable_gap_remarks(identity: RepositoryIdentity, *, gaps: Sequence[Gap]) -> tuple[str, ...]:
    """What of the gaps can still be archived, in sentences, from data directories of this host that may write.

    A directory that can't be read is passed over: the catalogue is also read by other users, and on hosts without a
    cluster.
    """
    if not gaps:
        return ()
    here = machine_id(), hostname()
    remarks: list[str] = []
    for writer in identity.writers:
        if (writer.machine_id, writer.hostname) != here:
            continue
        directory = writer.data_directory
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


def _owner(path: str) -> str:
    uid = os.stat(path).st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


__all__ = ("closable_gap_remarks",)
