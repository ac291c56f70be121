# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifying one file of a backup: its manifest, or a tar file against it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ..._core.backup.backup_label import LABEL_NAME
from ..._core.backup.manifest import MANIFEST_LIMIT_BYTES, Manifest
from ..._core.backup.manifest_check import compare_with_manifest
from ..._core.backup.tar_limits import TarLimits
from ..._core.catalogue.record import Backup
from ..._core.catalogue.tar_names import BASE, is_in_tar, path_prefix
from ..._core.errors import Damaged
from ..._core.repository.layout import MANIFEST_NAME
from ..._core.verify.damage import FileIdentity
from ..._core.verify.finding import ARCHIVE, MANIFEST, Finding
from ..._core.verify.record_checks import check_label, check_manifest
from ..._io.host.files import read_text
from ..._io.host.rate_limit import RateLimit
from ..._io.host.worker_pool import Note
from ..._io.storage.file_identity import file_identity
from ..._io.storage.read_error import is_damage, is_gone, not_readable
from ..._io.stream.tar_digest import TarDigest
from ..._io.stream.tar_stream import PIECE_BYTES, read_archive

# Further differences of one tar file are counted, not listed.
_SHOWN = 50
_OTHERS_BYTES = 1 << 26


@dataclass(frozen=True)
class FileTask:
    """A file of a backup to read; ``parent`` is the parent of an incremental backup, if it exists."""

    backup: Backup
    directory: str
    name: str
    size_bytes: int
    parent: Backup | None = None


@dataclass(frozen=True)
class FileResult:
    """The problems of the file, the count of the cluster's files in it, whether it was compared with its manifest
    (which a damaged one prevents), and the file's identity (``None``: it is gone)."""

    findings: tuple[Finding, ...]
    files: int = 0
    is_compared: bool = True
    identity: FileIdentity | None = None


def verify_file(task: FileTask, *, note: Note, rate_limit: RateLimit) -> FileResult:
    """Read the whole file.

    Raises Unavailable (``program-missing``, ``checksum-unsupported``, ``repository-not-readable``).
    """
    path, identity = f"{task.directory}/{task.name}", None
    try:
        # Before it is read: a file that replaces it meanwhile is another one.
        identity = file_identity(path)
        read = _verify_manifest if task.name == MANIFEST_NAME else _verify_archive
        return replace(read(task, note=note, rate_limit=rate_limit), identity=identity)
    except OSError as error:
        if is_gone(error):
            message = f"'{task.name}' of backup '{task.backup.label}' is not there any more"
            is_manifest = task.name == MANIFEST_NAME
            return FileResult((_finding(task, "manifest-missing" if is_manifest else "archive-missing", message),))
        if not is_damage(error):
            raise not_readable(path, error) from error
        message = f"'{task.name}' of backup '{task.backup.label}' can't be read: {error.strerror}"
        return FileResult((_finding(task, "archive-damaged", message),), identity=identity)


def _verify_manifest(task: FileTask, *, note: Note, rate_limit: RateLimit) -> FileResult:
    rate_limit.spend(task.size_bytes)
    try:
        text = read_text(f"{task.directory}/{task.name}", limit_bytes=MANIFEST_LIMIT_BYTES)
        if text is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        note(task.size_bytes)
        manifest = Manifest.parse(text)
    except Damaged as error:
        return FileResult((_finding(task, error.code, f"backup '{task.backup.label}': {error.message}"),))
    return FileResult(tuple(check_manifest(task.backup, manifest)))


def _verify_archive(task: FileTask, *, note: Note, rate_limit: RateLimit) -> FileResult:
    stem = task.name[: -len(task.backup.tar_suffix)]
    manifest = _manifest_of(task)
    digest = TarDigest(
        algorithm=manifest.algorithm if manifest else "",
        prefix=path_prefix(stem),
        limits=TarLimits(manifest.files if manifest else None, others_bytes=_OTHERS_BYTES),
    )
    left_bytes = task.size_bytes

    def is_whole() -> bool:
        # Called before each piece is read, so the place to wait.
        nonlocal left_bytes
        step = min(left_bytes, PIECE_BYTES)
        left_bytes -= step
        rate_limit.spend(step)
        note(step)
        return True

    try:
        for piece in read_archive(
            f"{task.directory}/{task.name}", compression=task.backup.compression, is_whole=is_whole
        ):
            digest.feed(piece)
        digest.finish()
    except Damaged as error:
        return FileResult((_finding(task, error.code, f"'{task.name}' of '{task.backup.label}': {error.message}"),))
    findings = list(_label_findings(task, digest)) if stem == BASE else []
    if manifest is not None:
        part = replace(
            manifest, files={path: file for path, file in manifest.files.items() if is_in_tar(path, stem=stem)}
        )
        findings += _difference_findings(task, compare_with_manifest(digest.files, manifest=part))
    return FileResult(tuple(findings), files=len(digest.files), is_compared=manifest is not None)


def _manifest_of(task: FileTask) -> Manifest | None:
    """The manifest; ``None`` if it is missing or damaged, which verifying the manifest itself reports."""
    try:
        path = os.path.join(task.directory, MANIFEST_NAME)
        return Manifest.parse(read_text(path, limit_bytes=MANIFEST_LIMIT_BYTES) or "")
    except Damaged:
        return None
    except OSError as error:
        if is_gone(error) or is_damage(error):
            return None
        raise


def _label_findings(task: FileTask, digest: TarDigest) -> Iterator[Finding]:
    content = digest.kept.get(LABEL_NAME)
    if content is not None:
        text = content.decode("utf-8", "replace")
        yield from check_label(task.backup, text, parent=task.parent, file=task.name)


def _difference_findings(task: FileTask, differences: Iterable[str]) -> Iterator[Finding]:
    sentences = list(differences)
    for sentence in sentences[:_SHOWN]:
        message = f"backup '{task.backup.label}' differs from its manifest: {sentence} (in '{task.name}')"
        yield _finding(task, "backup-damaged", message)
    if len(sentences) > _SHOWN:
        message = f"backup '{task.backup.label}': {len(sentences) - _SHOWN} more files of '{task.name}' differ"
        yield _finding(task, "backup-damaged", message)


def _finding(task: FileTask, code: str, message: str) -> Finding:
    kind = MANIFEST if task.name == MANIFEST_NAME else ARCHIVE
    return Finding(kind, code, message, backup=task.backup.label, file=task.name)


__all__ = ("FileResult", "FileTask", "verify_file")
