# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extracts the links of a chain from the newest to the oldest, so that each file is written once.

Blocks of incremental backups wait in files without names until the whole file comes. Written over files that are there
already, each takes a page of the kernel's cache, and the disk gets it at a place of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass

from ..._core.catalogue.record import Backup
from ..._core.errors import Damaged
from ..._core.postgres.control_data import ControlData
from ..._core.repository.layout import backup_folder
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.stream.direct_write import DirectWriter
from .backup import backup_damaged, extract_backup, not_extracted
from .kept_blocks import kept_blocks
from .layered_extract import LayeredExtract
from .layered_files import LayeredFiles
from .manifests import Manifests


@dataclass(frozen=True)
class LayeredLinks:
    """Where links come from and go to: ``base`` and the directories of tablespaces by oid, which are there, and empty.

    ``read_control`` reads the control data in ``base``.
    """

    folder: ClusterFolder
    manifests: Manifests
    base: str
    tablespaces: Mapping[int, str]
    read_control: Callable[[], ControlData]

    def run(self, links: Sequence[Backup], *, timeout_seconds: float) -> None:
        """Leave in the directories what the last link was taken of, and drop the manifests of all.

        Raises Damaged (``backup-damaged``), Unavailable (``disk-full``, ``unpack-timeout``, ``checksum-unsupported``),
        Failed (``unpack-failed``).
        """
        end = time.monotonic() + timeout_seconds
        try:
            self._run(links, end=end)
        except OSError as error:
            raise not_extracted(self.folder.storage.address(backup_folder(links[-1].label)), error) from error

    def _run(self, links: Sequence[Backup], *, end: float) -> None:
        control: ControlData | None = None
        with ExitStack() as stack:
            files = {
                path: stack.enter_context(closing(LayeredFiles(path)))
                for path in (self.base, *self.tablespaces.values())
            }
            for link in reversed(links):
                self._extract(link, files, control=control, seconds=end - time.monotonic(), is_full=link is links[0])
                control = control or self.read_control()
                self._end_backup(link, files, control=control)
                self.manifests.drop(link.label)

    def _extract(
        self,
        backup: Backup,
        files: Mapping[str, LayeredFiles],
        *,
        control: ControlData | None,
        seconds: float,
        is_full: bool,
    ) -> None:
        def sink_for(directory: str, writer: DirectWriter) -> LayeredExtract:
            return LayeredExtract(directory, writer=writer, files=files[directory], control=control, is_full=is_full)

        for each in files.values():
            each.begin_backup()
        extract_backup(
            backup,
            folder=self.folder,
            manifest=self.manifests.of(backup.label),
            base=self.base,
            tablespaces=self.tablespaces,
            timeout_seconds=seconds,
            sink_for=sink_for,
            # What becomes part of another file cannot be checked afterwards.
            must_compare=True,
        )

    def _end_backup(self, backup: Backup, files: Mapping[str, LayeredFiles], *, control: ControlData) -> None:
        oids = {path: oid for oid, path in self.tablespaces.items()}
        for directory, each in files.items():
            kept = kept_blocks(backup, tablespace=oids.get(directory), segment_blocks=control.segment_blocks)
            try:
                each.end_backup(control=control, kept_blocks=kept)
            except Damaged as error:
                source = self.folder.storage.address(backup_folder(backup.label))
                raise backup_damaged(source, error.message) from error


__all__ = ("LayeredLinks",)
