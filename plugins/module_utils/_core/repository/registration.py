# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entering a cluster into the identity of its folder in the repository."""

from __future__ import annotations

from dataclasses import replace

from ..errors import Refused
from ..postgres.cluster import Cluster
from ..wording import labels_text, one_line
from .identity import RepositoryIdentity, Writer


def registered(
    before: RepositoryIdentity | None, *, name: str, cluster: Cluster, machine_id: str, hostname: str, now: str
) -> RepositoryIdentity:
    """The folder's identity with this cluster as a writer; the same value when it is one already.

    ``before`` is ``None`` for a folder that does not exist yet; ``now`` is ISO 8601 in UTC. Raises Refused
    (``repository-foreign``) when the folder belongs to another cluster.
    """
    writer = Writer(machine_id, hostname, cluster.data_directory, now)
    if before is None:
        return RepositoryIdentity(
            name, (cluster.system_identifier,), (cluster.version,), cluster.segment_size, now, (writer,)
        )
    check_not_foreign(before, cluster=cluster)
    return before.with_writer(writer)


def sole_writer(
    identity: RepositoryIdentity, *, hostname: str, data_directory: str, machine_id: str | None = None
) -> RepositoryIdentity:
    """The identity with the cluster in this directory of this host as its only writer.

    Of several that are called alike, as before and after a host was made again under its old name, the one with this
    ``machine_id`` stays, or else the last one: who has the key of a lost host can register whatever name he likes.
    Raises Refused (``writer-unknown``).
    """
    named_so = [each for each in identity.writers if (each.hostname, each.data_directory) == (hostname, data_directory)]
    if not named_so:
        known = labels_text([_shown(each) for each in identity.writers]) if identity.writers else "nobody"
        raise Refused(
            f"'{data_directory}' on '{hostname}' may not write as '{identity.name}' itself; there is {known}",
            code="writer-unknown",
            hint="Nobody could archive any more: check 'hostname' and 'data_directory', or register that host first.",
        )
    itself = [each for each in named_so if each.machine_id == machine_id]
    return replace(identity, writers=((itself or named_so)[-1],))


def withdrawn_by(before: RepositoryIdentity, after: RepositoryIdentity) -> tuple[str, ...]:
    """Who could write and may no longer, as people read it."""
    return tuple(_shown(each) for each in before.writers if each not in after.writers)


def _shown(writer: Writer) -> str:
    """In one line, whatever somebody has written into the repository."""
    return one_line(f"'{writer.data_directory}' on '{writer.hostname}'")


def check_not_foreign(identity: RepositoryIdentity, *, cluster: Cluster) -> None:
    """Raise Refused (``repository-foreign``) when the folder is not this cluster's."""
    if identity.knows(cluster.system_identifier):
        return
    before = identity.versions[-1]
    hint = "Two clusters never share a folder: set 'pitr_cluster_name' to another name."
    if cluster.version > before:
        # Its WAL begins on timeline 1 again, where names and windows would run into those of the old cluster.
        hint = (
            f"If it was upgraded from PostgreSQL {before}: pg_upgrade makes another cluster. Set 'pitr_cluster_name'"
            f" to a new name, such as '{identity.name}-{cluster.version}', and run the playbooks 'archive' and"
            f" 'backup'. What is there stays under '{identity.name}', for the programs of PostgreSQL {before}"
            " (docs/repository.md)."
        )
    raise Refused(
        f"the repository's cluster '{identity.name}' has system identifier {', '.join(identity.system_identifiers)},"
        f" and '{cluster.data_directory}' has {cluster.system_identifier}",
        code="repository-foreign",
        hint=hint,
    )


__all__ = ("check_not_foreign", "registered", "sole_writer", "withdrawn_by")
