# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifests of stored backups, each read and parsed once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

from ..._core.backup.manifest import Manifest
from ..._core.errors import Missing
from ..._io.catalogue.manifest_file import manifest_lines
from ..._io.repository.cluster_folder import ClusterFolder

# A manifest has an entry for each file of a cluster; a million take some fifty megabytes.
_MOST_KEPT_FILES = 1_000_000


class Manifests:
    """Those of one cluster's backups, by label. One that was read stays in memory until it is dropped.

    Where they list more than ``most_kept_files``, the later ones do not stay, and are read again when asked for.
    """

    def __init__(self, folder: ClusterFolder, *, most_kept_files: int = _MOST_KEPT_FILES) -> None:
        self._folder = folder
        self._most_kept_files = most_kept_files
        self._known: dict[str, Manifest] = {}

    def of(self, label: str) -> Manifest:
        """The backup's manifest. Raises Damaged (``manifest-damaged``, ``file-not-regular``, …)."""
        known = self._known.get(label)
        if known is not None:
            return known
        read = Manifest.of_lines(self._lines(label))
        if len(read.files) + sum(len(other.files) for other in self._known.values()) <= self._most_kept_files:
            self._known[label] = read
        return read

    def _lines(self, label: str) -> Iterator[bytes]:
        """None where there is no such file, which is as damaged as an empty one."""
        with suppress(Missing):
            yield from manifest_lines(self._folder.storage, label)

    def keep_only(self, labels: Iterable[str]) -> None:
        """Drop all others."""
        wanted = {*labels}
        self._known = {label: manifest for label, manifest in self._known.items() if label in wanted}

    def drop(self, label: str) -> None:
        """Drop this one."""
        self._known.pop(label, None)


__all__ = ("Manifests",)
