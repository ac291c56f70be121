# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extracts a chain: the full backup, and each incremental one over it, all checked against their manifests."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass

from ..._core.backup.backup_label import LABEL_NAME, without_parent
from ..._core.catalogue.chain import Chain
from ..._core.catalogue.record import Backup
from ..._core.errors import Refused
from ..._core.postgres.control_data import ControlData
from ..._core.repository.layout import backup_folder
from ..._io.catalogue.stored_archive import manifest_file
from ..._io.host.files import read_text, write_durably
from ..._io.host.runner import Runner
from ..._io.postgres.control_data import read_control_data
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.stream.direct_write import DirectWriter
from .backup import Reading, backup_damaged, extract_backup
from .incremental_apply import IncrementalApply
from .kept_blocks import kept_blocks
from .layer_limits import layered_links
from .layered_links import LayeredLinks
from .manifests import Manifests
from .tablespace_links import set_links
from .tree_check import tree_differences
from .visibility_maps import remove_visibility_maps


@dataclass(frozen=True)
class ChainExtract:
    """Where a chain comes from and goes to: ``base`` and the directories of its last link's tablespaces, by oid.

    They all exist.
    """

    folder: ClusterFolder
    manifests: Manifests
    base: str
    tablespaces: Mapping[int, str]
    bin_directory: str
    runner: Runner

    def run(self, chain: Chain, *, timeout_seconds: float) -> None:
        """Leave in the directories what the last link was taken of.

        As many links as can be are put together while they are written; each further one is written over the one
        before, so that nothing is stored twice and only blocks that changed are written twice. Visibility maps are left
        out where there are incremental backups. That the links follow each other is checked before (``link_check``).
        Whatever fails, what is there is of no use, and nothing else was touched. Raises Damaged (``backup-damaged``,
        ``manifest-damaged``), Refused (``repository-foreign``), Unavailable (``disk-full``, ``unpack-timeout``,
        ``checksum-unsupported``, ``program-missing``), Failed (``unpack-failed``).
        """
        end = time.monotonic() + timeout_seconds
        full, *others = chain.links
        layered = layered_links(chain.links, self.manifests) if others else ()
        if len(layered) > 1:
            links = LayeredLinks(
                self.folder,
                manifests=self.manifests,
                base=self.base,
                tablespaces=self.tablespaces,
                read_layout=lambda: self._control_data().relation_layout,
            )
            links.run(layered, timeout_seconds=timeout_seconds)
        else:
            self._full(full, seconds=timeout_seconds)
            self.manifests.drop(full.label)
        control = self._control_data()
        for link in others[max(0, len(layered) - 1) :]:
            self._incremental(link, control=control, seconds=end - time.monotonic())
            self.manifests.drop(link.label)
        self._check_owner(chain.backup)
        if others:
            # WAL summaries miss changes of visibility maps: up to 17.10 and 18.4 the bits that plain DML clears, and to
            # this day, without checksums and wal_log_hints, the tail of a map that is truncated.
            for root in (self.base, *self.tablespaces.values()):
                remove_visibility_maps(root)
            label = f"{self.base}/{LABEL_NAME}"
            write_durably(label, without_parent(read_text(label) or "").encode("utf-8"))

    def _full(self, backup: Backup, *, seconds: float) -> None:
        source = self.folder.storage.address(backup_folder(backup.label))
        is_compared = extract_backup(
            backup,
            folder=self.folder,
            manifest=self.manifests.of(backup.label),
            base=self.base,
            tablespaces=self.tablespaces,
            timeout_seconds=seconds,
            # What is written nowhere cannot be checked afterwards.
            reading=Reading(must_compare=not self.tablespaces.keys() >= backup.stored_tablespaces),
        )
        if is_compared:
            return
        # The program finds the tablespaces by their links, and wants their map as it was backed up.
        set_links(self.base, self.tablespaces)
        with manifest_file(self.folder, backup.label) as manifest_path:
            differences = tree_differences(
                self.base,
                manifest=self.manifests.of(backup.label),
                manifest_path=manifest_path,
                bin_directory=self.bin_directory,
                runner=self.runner,
                timeout_seconds=seconds,
            )
        if differences:
            raise backup_damaged(source, "; ".join(differences))

    def _incremental(self, backup: Backup, *, control: ControlData, seconds: float) -> None:
        source = self.folder.storage.address(backup_folder(backup.label))
        sinks: list[IncrementalApply] = []

        def sink_for(directory: str, writer: DirectWriter) -> IncrementalApply:
            sinks.append(self._sink(directory, writer, backup=backup, control=control))
            return sinks[-1]

        extract_backup(
            backup,
            folder=self.folder,
            manifest=self.manifests.of(backup.label),
            base=self.base,
            tablespaces=self.tablespaces,
            timeout_seconds=seconds,
            # What is written over the parent's files cannot be checked afterwards.
            reading=Reading(sink_for, must_compare=True),
        )
        differences = [difference for sink in sinks for difference in settle(sink)]
        if differences:
            raise backup_damaged(source, "; ".join(differences[:5]))

    def _sink(self, directory: str, writer: DirectWriter, *, backup: Backup, control: ControlData) -> IncrementalApply:
        oid = next((oid for oid, each in self.tablespaces.items() if each == directory), None)
        return IncrementalApply(
            directory,
            writer=writer,
            block_size_bytes=control.block_size_bytes,
            segment_blocks=control.segment_blocks,
            kept_blocks=kept_blocks(backup, tablespace=oid, segment_blocks=control.segment_blocks),
        )

    def _control_data(self) -> ControlData:
        return read_control_data(self.base, bin_directory=self.bin_directory, runner=self.runner)

    def _check_owner(self, backup: Backup) -> None:
        control = self._control_data()
        if control.system_identifier != backup.system_identifier:
            raise Refused(
                f"backup {backup.label} has the files of a cluster with system identifier {control.system_identifier}",
                code="repository-foreign",
                hint="Somebody moved it here from another cluster's folder; choose another backup.",
            )


def settle(sink: IncrementalApply) -> list[str]:
    """Remove what the incremental backup no longer has, and say what is not as it should be now."""
    root = sink.path("")
    there = 0
    differences = []
    for folder, directories, files in os.walk(root, topdown=False):
        inside = os.path.relpath(folder, root)
        for name in files:
            path = os.path.normpath(f"{inside}/{name}")
            file = sink.files.get(path)
            if file is None:
                os.unlink(f"{folder}/{name}")
                continue
            there += 1
            if os.lstat(f"{folder}/{name}").st_size != file.size_bytes:
                differences.append(f"'{path}' does not have {file.size_bytes} bytes")
        for name in directories:
            path = os.path.normpath(f"{inside}/{name}")
            if path not in sink.directories and not os.path.islink(f"{folder}/{name}"):
                os.rmdir(f"{folder}/{name}")
    if there != len(sink.files):
        differences += [f"'{path}' is missing" for path in sink.files if not os.path.lexists(sink.path(path))]
    return differences


__all__ = ("ChainExtract", "settle")
