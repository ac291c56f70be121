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


class Manifests:
    """Those of one cluster's backups, by label. One that was read stays in memory until it is dropped."""

    def __init__(self, folder: ClusterFolder) -> None:
        self._folder = folder
        self._known: dict[str, Manifest] = {}

    def of(self, label: str) -> Manifest:
        """The backup's manifest. Raises Damaged (``manifest-damaged``, ``file-not-regular``, …)."""
        if label not in self._known:
            self._known[label] = Manifest.of_lines(self._lines(label))
        return self._known[label]

    def _lines(self, label: str) -> Iterator[bytes]:
        """None where there is no such file, which is as damaged as an empty one."""
        with suppress(Missing):
            yield from manifest_lines(self._folder.storage, label)

    def keep_only(self, labels: Iterable[str]) -> None:
        """Drop all others: a manifest has an entry for each file of a cluster."""
        wanted = {*labels}
        self._known = {label: manifest for label, manifest in self._known.items() if label in wanted}

    def drop(self, label: str) -> None:
        """Drop this one."""
        self._known.pop(label, None)


__all__ = ("Manifests",)
