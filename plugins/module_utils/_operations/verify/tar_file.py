# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifying one file of a backup: its manifest, or a tar file against it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ..._core.backup.backup_label import LABEL_NAME
from ..._core.backup.file_sum import FileSum
from ..._core.backup.manifest import Manifest, ManifestFile, read_manifest
from ..._core.backup.manifest_check import ManifestComparison
from ..._core.backup.tar_header import BLOCK_BYTES
from ..._core.backup.tar_limits import TarLimits
from ..._core.catalogue.record import Backup
from ..._core.catalogue.tar_names import BASE, is_in_tar, path_prefix
from ..._core.errors import Damaged, Missing
from ..._core.repository.layout import MANIFEST_NAME, backup_folder, is_encrypted
from ..._core.verify.damage import FileIdentity
from ..._core.verify.finding import ARCHIVE, MANIFEST, Finding
from ..._core.verify.record_checks import check_label, check_manifest
from ..._io.catalogue.manifest_file import manifest_lines
from ..._io.host.rate_limit import RateLimit
from ..._io.host.worker_pool import Note
from ..._io.storage.file_errors import is_damage, is_gone, not_readable
from ..._io.storage.port import Storage
from ..._io.stream.tar_digest import TarDigest
from ..._io.stream.tar_stream import PIECE_BYTES, read_opened

# Further differences of one tar file are counted, not listed.
_SHOWN = 50
_OTHERS_BYTES = 1 << 26


@dataclass(frozen=True)
class FileTask:
    """A file of a backup to read; ``parent`` is the parent of an incremental backup, if it exists."""

    backup: Backup
    name: str
    size_bytes: int
    parent: Backup | None = None


@dataclass(frozen=True)
class FileResult:
    """The problems of the file, the count of the cluster's files in it, whether it was compared with its manifest
    (which a damaged one prevents), whether only what is stored was, as it is encrypted, and the file's identity
    (``None``: it is gone)."""

    findings: tuple[Finding, ...]
    files: int = 0
    is_compared: bool = True
    is_encrypted: bool = False
    identity: FileIdentity | None = None


def verify_file(task: FileTask, *, storage: Storage, note: Note, rate_limit: RateLimit) -> FileResult:
    """Read the whole file, which is in the storage of its cluster.

    Raises Unavailable (``program-missing``, ``checksum-unsupported``, ``repository-not-readable``).
    """
    key, identity = _key(task), None
    try:
        # Before it is read: a file that replaces it meanwhile is another one.
        found = storage.stat(key)
        identity = FileIdentity.of_version(found[2]) if found else None
        file = _StoredFile(task, storage, note, rate_limit)
        read = _verify_manifest if task.name == MANIFEST_NAME else _verify_archive
        if is_encrypted(task.name):
            read = _verify_stored
        return replace(read(file), identity=identity)
    except Missing:
        return _gone(task)
    except OSError as error:
        if is_gone(error):
            return _gone(task)
        if not is_damage(error):
            raise not_readable(storage.address(key), error) from error
        message = f"'{task.name}' of backup '{task.backup.label}' can't be read: {error.strerror}"
        return FileResult((_finding(task, "archive-damaged", message),), identity=identity)


def _gone(task: FileTask) -> FileResult:
    message = f"'{task.name}' of backup '{task.backup.label}' is not there any more"
    return FileResult((_finding(task, f"{MANIFEST if task.name == MANIFEST_NAME else ARCHIVE}-missing", message),))


@dataclass(frozen=True)
class _StoredFile:
    """A file to read, and where it is read from, at what rate."""

    task: FileTask
    storage: Storage
    note: Note
    rate_limit: RateLimit

    def manifest_lines(self) -> Iterator[bytes]:
        return manifest_lines(self.storage, self.task.backup.label)


def _verify_manifest(file: _StoredFile) -> FileResult:
    task = file.task
    file.rate_limit.spend(task.size_bytes)
    try:
        files = FileSum()
        head = read_manifest(file.manifest_lines(), each=files.__setitem__)
        if not files.is_unique:
            # It is read once more, and says so.
            Manifest.of_lines(file.manifest_lines())
        file.note(task.size_bytes)
    except Damaged as error:
        return FileResult((_finding(task, error.code, f"backup '{task.backup.label}': {error.message}"),))
    return FileResult(tuple(check_manifest(task.backup, head)))


def _verify_stored(file: _StoredFile) -> FileResult:
    """Compare what is stored with what was; what is in it only a restore can tell, which has the identity."""
    task, digest = file.task, hashlib.sha256()
    with file.storage.read(_key(task)) as reading:
        for piece in reading:
            file.rate_limit.spend(len(piece))
            file.note(len(piece))
            digest.update(piece)
    if digest.hexdigest() == task.backup.digests.get(task.name):
        return FileResult((), is_encrypted=True)
    message = f"'{task.name}' of backup '{task.backup.label}' is not what was stored: its SHA-256 is another"
    return FileResult((_finding(task, "archive-damaged", message),))


def _verify_archive(file: _StoredFile) -> FileResult:
    """Sum the files up, of which there may be millions; where their sum is not the manifest's, read them once more."""
    task = file.task
    stem = task.name[: -len(task.backup.tar_suffix)]
    stated, found = _stated(file, stem=stem), FileSum()
    algorithm = stated.algorithm if stated else ""
    digest = TarDigest(algorithm=algorithm, prefix=path_prefix(stem), found=found)
    try:
        _read(file, digest, most_bytes=stated.most_bytes if stated else None)
        if stated is None or stated.is_of(found):
            return FileResult(
                tuple(_label_findings(task, digest) if stem == BASE else ()),
                files=found.count,
                is_compared=stated is not None,
            )
        return _verify_by_name(file, stem=stem)
    except Damaged as error:
        return FileResult((_finding(task, error.code, f"'{task.name}' of '{task.backup.label}': {error.message}"),))


@dataclass
class _Stated:
    """What a manifest says of one archive."""

    sum: FileSum
    algorithm: str = ""
    size_bytes: int = 0

    def add(self, path: str, file: ManifestFile) -> None:
        self.sum[path] = file
        self.algorithm = self.algorithm or file.algorithm
        self.size_bytes += file.size_bytes

    @property
    def most_bytes(self) -> int:
        """How long the archive may be that holds this, with headers and padding."""
        return self.size_bytes + self.sum.count * 2 * BLOCK_BYTES + _OTHERS_BYTES

    def is_of(self, found: FileSum) -> bool:
        """Whether these files were found, and no others."""
        return self.sum.is_same(found) and self.sum.is_unique


def _stated(file: _StoredFile, *, stem: str) -> _Stated | None:
    """``None`` if the manifest is missing or damaged, which verifying the manifest itself reports."""
    stated = _Stated(FileSum())

    def add(path: str, entry: ManifestFile) -> None:
        if is_in_tar(path, stem=stem):
            stated.add(path, entry)

    try:
        read_manifest(file.manifest_lines(), each=add)
    except (Damaged, Missing):
        return None
    except OSError as error:
        if is_gone(error) or is_damage(error):
            return None
        raise
    return stated


def _key(task: FileTask) -> str:
    return f"{backup_folder(task.backup.label)}/{task.name}"


def _read(file: _StoredFile, digest: TarDigest, *, is_counted: bool = True, most_bytes: int | None = None) -> None:
    """Feed the archive to the digest, as far as it is not longer than it may be.

    Raises Damaged (``archive-damaged``).
    """
    task, key = file.task, _key(file.task)
    left_bytes, read_bytes = task.size_bytes, 0

    def wait() -> None:
        nonlocal left_bytes
        step = min(left_bytes, PIECE_BYTES)
        left_bytes -= step
        file.rate_limit.spend(step)
        if is_counted:
            file.note(step)

    for piece in read_opened(
        lambda: file.storage.read(key),
        path=file.storage.address(key),
        compression=task.backup.compression,
        before_piece=wait,
    ):
        digest.feed(piece)
        read_bytes += len(piece)
        if most_bytes is not None and read_bytes > most_bytes:
            return
    digest.finish()


def _verify_by_name(file: _StoredFile, *, stem: str) -> FileResult:
    """What differs, by name; this remembers the manifest. Raises Damaged (``archive-damaged``)."""
    task = file.task
    manifest = Manifest.of_lines(file.manifest_lines())
    part = replace(manifest, files=manifest.files.only(lambda path: is_in_tar(path, stem=stem)))
    limits, found = TarLimits(manifest.files, others_bytes=_OTHERS_BYTES), ManifestComparison(part)
    digest = TarDigest(algorithm=manifest.algorithm, prefix=path_prefix(stem), limits=limits, found=found)
    # What is read once more was counted already.
    _read(file, digest, is_counted=False)
    findings = list(_label_findings(task, digest)) if stem == BASE else []
    findings += _difference_findings(task, found.differences())
    return FileResult(tuple(findings), files=found.count)


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
