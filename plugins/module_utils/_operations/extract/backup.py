# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extracts the archives of a base backup, and checks what it writes against the manifest."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass

from ..._core.backup.manifest import Manifest
from ..._core.backup.manifest_check import ManifestComparison
from ..._core.backup.tar_limits import TarLimits
from ..._core.catalogue.record import Backup
from ..._core.catalogue.tar_names import BASE, path_prefix
from ..._core.errors import Damaged, Failed, Missing, PitrError, Unavailable
from ..._core.repository.layout import backup_folder
from ..._io.catalogue.stored_archive import archive_pieces
from ..._io.repository.cluster_folder import ClusterFolder
from ..._io.stream.checksum import NO_CHECKSUM, can_compute
from ..._io.stream.direct_write import DirectWriter, NotWhole
from ..._io.stream.read_ahead import read_ahead
from ..._io.stream.tar_digest import TarDigest
from ..._io.stream.tar_extract import TarExtract

_SHOWN = 5
_CHOOSE_ANOTHER = "Nothing was changed. Choose another backup with 'pitr_restore_backup'."


def _new_files(into: str, writer: DirectWriter) -> TarExtract:
    return TarExtract(into, writer=writer)


@dataclass(frozen=True)
class Reading:
    """How the archives of a backup are read: through which sinks, each made for its directory; whether the checksums
    ``must_compare``; how many ``most_at_once``; and who is told as soon as one has ``failed``."""

    sink_for: Callable[[str, DirectWriter], TarExtract] = _new_files
    must_compare: bool = False
    most_at_once: int = 4
    failed: Callable[[], None] | None = None


_AS_IT_IS = Reading()


def extract_backup(
    backup: Backup,
    *,
    folder: ClusterFolder,
    manifest: Manifest,
    base: str,
    tablespaces: Mapping[int, str],
    timeout_seconds: float,
    reading: Reading = _AS_IT_IS,
) -> bool:
    """Extract a tar backup into directories that exist: ``base``, and one for each tablespace by oid.

    The archive of a tablespace without a directory, because it was dropped before the chain's last backup, is checked
    and written nowhere. The result is whether the checksums were compared with the manifest's: a host without the
    function that they were made with compares names and sizes only, unless it must. Raises Damaged
    (``backup-damaged``), Unavailable (``disk-full``, ``unpack-timeout``, ``program-missing``,
    ``checksum-unsupported``), Failed (``unpack-failed``).
    """
    is_compared = reading.must_compare or can_compute(manifest.algorithm)
    source, places = folder.storage.address(backup_folder(backup.label)), _places(backup, base, tablespaces)
    deadline = _Deadline(timeout_seconds, source=source, failed=reading.failed)
    found = ManifestComparison(manifest, with_checksums=is_compared)

    def extract(name: str) -> None:
        place = places[name]
        sink = reading.sink_for(place, writer) if place is not None else None
        limits, algorithm = TarLimits(manifest.files), manifest.algorithm if is_compared else NO_CHECKSUM
        prefix = path_prefix(name[: -len(backup.tar_suffix)])
        digest = TarDigest(algorithm=algorithm, prefix=prefix, sink=sink, pool=summing, limits=limits, found=found)
        _extract(archive_pieces(folder, backup, name=name), f"{source}/{name}", digest, sink=sink, deadline=deadline)

    count = min(len(places), reading.most_at_once)
    with _writer(source) as writer, _threads(count) as (summing, extracting), deadline.given_up():
        wait_for_all([extracting.submit(extract, name) for name in sorted(places)])
    differences = found.differences()
    if differences:
        raise backup_damaged(source, "; ".join(differences[:_SHOWN]))
    return is_compared


def wait_for_all(running: Sequence[Future[None]]) -> None:
    """Return when all have ended. Raises what went wrong, and not what others met because of it (NotWhole)."""
    errors = [error for each in running if (error := each.exception()) is not None]
    for error in sorted(errors, key=lambda each: isinstance(each, NotWhole)):
        raise error


@contextmanager
def _threads(count: int) -> Iterator[tuple[ThreadPoolExecutor, ThreadPoolExecutor]]:
    """Those that sum and those that extract: decompressing, summing and writing let each other run, and so do several
    archives."""
    with ThreadPoolExecutor(max(1, count)) as summing, ThreadPoolExecutor(max(1, count)) as extracting:
        yield summing, extracting


@contextmanager
def _writer(source: str) -> Iterator[DirectWriter]:
    """What writes large files, which are whole at the end."""
    with closing(DirectWriter()) as writer:
        yield writer
        try:
            writer.finish()
        except NotWhole:
            raise
        except OSError as error:
            raise not_extracted(source, error) from error


class DamagedBackup(Damaged):
    """A backup whose content is not what was backed up; ``label`` is its name."""

    label = ""


def backup_damaged(source: str, what: str) -> DamagedBackup:
    """The error for the backup whose folder this is."""
    error = DamagedBackup(f"the backup in '{source}' is damaged: {what}", code="backup-damaged", hint=_CHOOSE_ANOTHER)
    error.label = os.path.basename(source)
    return error


class _Deadline:
    def __init__(self, timeout_seconds: float, *, source: str, failed: Callable[[], None] | None) -> None:
        self._end = time.monotonic() + timeout_seconds
        self._timeout_seconds = timeout_seconds
        self._source = source
        self._is_given_up = False
        self._failed = failed

    @contextmanager
    def given_up(self) -> Iterator[None]:
        """Whatever goes wrong in it, nobody reads on in vain."""
        try:
            yield
        except BaseException:
            self._is_given_up = True
            if self._failed is not None:
                self._failed()
            raise

    def check(self) -> None:
        """Raise Unavailable (``unpack-timeout``) when it has passed, NotWhole when another archive has failed."""
        if self._is_given_up:
            raise NotWhole(errno.ECANCELED, "another archive of the backup has failed")
        if time.monotonic() > self._end:
            raise Unavailable(
                f"'{self._source}' was not extracted within {self._timeout_seconds:g} seconds",
                code="unpack-timeout",
                hint="Raise timeout_seconds, or see what slows the disks down.",
            )


def _places(backup: Backup, base: str, tablespaces: Mapping[int, str]) -> dict[str, str | None]:
    """Where each archive goes to; ``None`` for nowhere."""
    places: dict[str, str | None] = {}
    for name in backup.files:
        if not name.endswith(backup.tar_suffix):
            continue
        stem = name[: -len(backup.tar_suffix)]
        if stem == BASE:
            places[name] = base
        elif stem.isdigit():
            places[name] = tablespaces.get(int(stem))
    return places


def _extract(
    content: Generator[memoryview, None, None],
    archive: str,
    digest: TarDigest,
    *,
    sink: TarExtract | None,
    deadline: _Deadline,
) -> None:
    try:
        with closing(read_ahead(content)) as pieces, deadline.given_up():
            for piece in pieces:
                deadline.check()
                digest.feed(piece)
            digest.finish()
    except (NotWhole, DamagedBackup):
        raise
    except OSError as error:
        raise not_extracted(archive, error) from error
    except (Damaged, Missing) as error:
        raise backup_damaged(os.path.dirname(archive), error.message) from error
    finally:
        if sink is not None:
            sink.close()


def not_extracted(archive: str, error: OSError) -> PitrError:
    """The error for what the system refuses while an archive, or the folder of a backup, is extracted."""
    place = f" ('{error.filename}')" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable(
            f"the file system is full while extracting '{archive}': {error.strerror}{place}",
            code="disk-full",
            hint="Nothing was changed, and what was extracted is removed. Make room and try again.",
        )
    if error.filename == archive:
        return backup_damaged(os.path.dirname(archive), f"cannot read '{archive}': {error.strerror}")
    return Failed(
        f"cannot extract '{archive}': {error.strerror}{place}",
        code="unpack-failed",
        hint="Check owner and mode of the directory that it goes to.",
    )


__all__ = ("DamagedBackup", "Reading", "backup_damaged", "extract_backup", "not_extracted", "wait_for_all")
