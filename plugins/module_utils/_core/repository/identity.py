# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose a folder of the repository is: the content of its ``cluster.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..json_fields import load_json
from ..wal.segment import SegmentSize
from . import cluster_document
from .layout import CLUSTER_FILE


@dataclass(frozen=True)
class Writer:
    """A cluster that may write: its host (``/etc/machine-id`` and host name), its data directory with links resolved,
    and since when, as ISO 8601 in UTC."""

    machine_id: str
    hostname: str
    data_directory: str
    since: str

    def is_same_as(self, other: Writer) -> bool:
        """Whether both are the same cluster of the same host, whenever registered."""
        return replace(self, since="") == replace(other, since="")


@dataclass(frozen=True)
class RepositoryIdentity:
    """A cluster as its repository knows it; the text form is ``cluster.json``.

    ``system_identifiers`` and ``versions`` have one item: pg_upgrade makes another cluster, which needs another name.
    """

    name: str
    system_identifiers: tuple[str, ...]
    versions: tuple[int, ...]
    segment_size: SegmentSize
    since: str
    writers: tuple[Writer, ...] = ()

    @classmethod
    def parse(cls, text: str, *, path: str = CLUSTER_FILE) -> RepositoryIdentity:
        """Read the text; ``path`` is for the message. Raises Damaged (``identity-damaged``)."""
        try:
            document = load_json(text)
        except ValueError as error:
            raise cluster_document.damaged_document(path, f"is not JSON: {error}") from error
        return cls.from_document(cluster_document.check_document(document, path=path))

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> RepositoryIdentity:
        """The value of a checked document."""
        return cls(
            name=document["name"],
            system_identifiers=tuple(document["system_identifiers"]),
            versions=tuple(document["versions"]),
            segment_size=SegmentSize(document["segment_size_bytes"]),
            since=document["since"],
            writers=tuple(
                Writer(item["machine_id"], item["hostname"], item["data_directory"], item["since"])
                for item in document["writers"]
            ),
        )

    def document(self) -> dict[str, Any]:
        """The value as it stands in ``cluster.json``."""
        return {
            "format": cluster_document.FORMAT,
            "name": self.name,
            "system_identifiers": list(self.system_identifiers),
            "versions": list(self.versions),
            "segment_size_bytes": self.segment_size.size_bytes,
            "since": self.since,
            "writers": [
                {
                    "machine_id": writer.machine_id,
                    "hostname": writer.hostname,
                    "data_directory": writer.data_directory,
                    "since": writer.since,
                }
                for writer in self.writers
            ],
        }

    def __str__(self) -> str:
        return json.dumps(self.document(), indent=2) + "\n"

    def knows(self, system_identifier: str) -> bool:
        """Whether the folder belongs to the cluster with this system identifier."""
        return system_identifier in self.system_identifiers

    def with_writer(self, writer: Writer) -> RepositoryIdentity:
        """The identity with this writer registered; unchanged when it was already."""
        if any(known.is_same_as(writer) for known in self.writers):
            return self
        return replace(self, writers=(*self.writers, writer))


__all__ = ("RepositoryIdentity", "Writer")
