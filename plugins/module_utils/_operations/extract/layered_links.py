# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extracts the links of a chain side by side, so that each file is written once.

PostgreSQL sends the files of a directory in the order in which they lie there, which is much the same at each backup:
the blocks of a relation come from all links at about the same time, and wait in files without names until the whole
file comes. What comes in another order waits longer. Written over files that are there already, each block would take a
page of the kernel's cache, and the disk would get it at a place of its own. Source: PostgreSQL,
``src/backend/backup/basebackup.c`` (sendDir).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial

from ..._core.backup.layer_depths import layer_depths
from ..._core.catalogue.record import Backup
from ..._core.catalogue.tar_names import BASE, is_in_tar, path_prefix
from ..._core.postgres.relation_layout import RelationLayout
from ..._core.repository.layout import backup_folder
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.stream.direct_write import DirectWriter
from .backup import DamagedBackup, Reading, backup_damaged, extract_backup, not_extracted, wait_for_all
from .kept_blocks import kept_blocks
from .layered_extract import LayeredExtract
from .layered_files import Layer, LayeredFiles
from .manifests import Manifests
from .turns import Turns

# Links, and archives of all: each takes threads, and on another host a session.
_MOST_AT_ONCE = 8
# Of all links, while none has to run ahead further.
_MOST_HELD_BYTES = 64 << 20


@dataclass(frozen=True)
class LayeredLinks:
    """Where links come from and go to: ``base`` and the directories of tablespaces by oid, which are there, and empty.

    ``read_layout`` reads from the control data in ``base`` how relations lie in files.
    """

    folder: ClusterFolder
    manifests: Manifests
    base: str
    tablespaces: Mapping[int, str]
    read_layout: Callable[[], RelationLayout]

    def run(self, links: Sequence[Backup], *, timeout_seconds: float) -> None:
        """Leave in the directories what the last link was taken of, and drop the manifests of all.

        Raises Damaged (``backup-damaged``), Unavailable (``disk-full``, ``unpack-timeout``, ``checksum-unsupported``),
        Failed (``unpack-failed``).
        """
        newest_first = tuple(reversed(links))
        try:
            with ExitStack() as stack:
                turns = Turns(len(links), most_held_bytes=_MOST_HELD_BYTES // len(links))
                files = {
                    directory: stack.enter_context(closing(self._files(directory, stem, newest_first, turns=turns)))
                    for stem, directory in self._directories()
                }
                _SideBySide(self, newest_first, files, turns).run(timeout_seconds=timeout_seconds)
        except OSError as error:
            raise not_extracted(self.source(links[-1]), error) from error
        for link in links:
            self.manifests.drop(link.label)

    def source(self, link: Backup) -> str:
        """Where a link lies, for messages."""
        return self.folder.storage.address(backup_folder(link.label))

    def _directories(self) -> Iterator[tuple[str, str]]:
        """The stem of each archive, and its directory."""
        yield BASE, self.base
        yield from ((str(oid), directory) for oid, directory in self.tablespaces.items())

    def _files(self, directory: str, stem: str, links: Sequence[Backup], *, turns: Turns) -> LayeredFiles:
        manifests = [self.manifests.of(link.label).files for link in links]
        prefix = path_prefix(stem)
        depths = layer_depths(
            manifests,
            paths=(path for path in manifests[0] if is_in_tar(path, stem=stem)),
            damaged=lambda number, what: self.damaged(links[number], what),
        )
        tablespace = None if stem == BASE else int(stem)
        return LayeredFiles(
            directory,
            layers=[self._layer(link, tablespace=tablespace) for link in links[:-1]],
            depths={path[len(prefix) :]: depth for path, depth in depths.items()},
            turns=turns,
        )

    def _layer(self, link: Backup, *, tablespace: int | None) -> Layer:
        return Layer(
            kept_blocks=lambda layout: kept_blocks(link, tablespace=tablespace, segment_blocks=layout.segment_blocks),
            damaged=partial(self.damaged, link),
        )

    def damaged(self, link: Backup, what: str) -> DamagedBackup:
        """The failure for what is wrong with a link."""
        return backup_damaged(self.source(link), what)


@dataclass(frozen=True)
class _SideBySide:
    """Links that are read at the same time, the newest first, into the files of each directory."""

    place: LayeredLinks
    links: Sequence[Backup]
    files: Mapping[str, LayeredFiles]
    turns: Turns

    def run(self, *, timeout_seconds: float) -> None:
        """Read all. Raises as :meth:`LayeredLinks.run`."""
        end = time.monotonic() + timeout_seconds
        recorded = {link.relation_layout for link in self.links if link.relation_layout is not None}
        layout: Future[RelationLayout] = Future()
        if len(recorded) == 1:
            layout.set_result(*recorded)

        def known_layout() -> RelationLayout:
            # The newest backup has it at its end.
            self.turns.wait_for(lambda: () if layout.done() else (0,))
            return layout.result()

        def extract(number: int) -> None:
            with self._turn():
                self._extract(number, layout=known_layout, seconds=end - time.monotonic())
                if number == 0:
                    self._check_layout(layout)
                self.turns.end(number)

        with ThreadPoolExecutor(min(len(self.links), _MOST_AT_ONCE)) as pool, self._given_up():
            wait_for_all([pool.submit(extract, number) for number in range(len(self.links))])
        for each in self.files.values():
            if (missing := each.first_missing()) is not None:
                raise self.place.damaged(self.links[missing[0]], f"its archive lacks '{missing[1]}'")

    def _check_layout(self, layout: Future[RelationLayout]) -> None:
        """Hold what is said of the layout against the control data in the newest backup, or take it from there."""
        found = self.place.read_layout()
        for link in self.links:
            if link.relation_layout not in (None, found):
                raise self.place.damaged(
                    link, f"its record has {link.relation_layout}, and the control data of the chain {found}"
                )
        if not layout.done():
            layout.set_result(found)
            self.turns.tell(0)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        self.turns.begin()
        with self._given_up():
            self.turns.check()
            yield

    @contextmanager
    def _given_up(self) -> Iterator[None]:
        """Nobody waits for a link that has failed."""
        try:
            yield
        except BaseException:
            self.turns.give_up()
            raise

    def _extract(self, number: int, *, layout: Callable[[], RelationLayout], seconds: float) -> None:
        link = self.links[number]

        def sink_for(directory: str, writer: DirectWriter) -> LayeredExtract:
            return LayeredExtract(
                directory,
                writer=writer,
                files=self.files[directory],
                link=number,
                is_full=number == len(self.links) - 1,
                layout=layout,
            )

        extract_backup(
            link,
            folder=self.place.folder,
            manifest=self.place.manifests.of(link.label),
            base=self.place.base,
            tablespaces=self.place.tablespaces,
            timeout_seconds=seconds,
            # What becomes part of another file cannot be checked afterwards.
            reading=Reading(
                sink_for,
                must_compare=True,
                most_at_once=max(1, _MOST_AT_ONCE // len(self.links)),
                failed=self.turns.give_up,
            ),
        )


__all__ = ("LayeredLinks",)
