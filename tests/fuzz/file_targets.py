# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The readers of files of a repository: of archives that are extracted, of WAL that is fetched, and of all together."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.manifest import Manifest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.catalogue import catalogue_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.chain import chain_of
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.retention.policy import RetentionPolicy
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.records import incomplete_backups, read_records
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.catalogue.wal_inventory import read_wal_inventory
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.rate_limit import RateLimit
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.running_backup import read_running
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.direct_write import DirectWriter
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.backup import Reading, extract_backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.incremental_apply import IncrementalApply
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.link_check import link_fault
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.manifests import Manifests
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.retention.survey import plan_expire
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.verify.tar_file import FileTask, verify_file
from folder_of_backup import folder_of_backup
from mutation import mutated, mutated_json, mutated_tar, sealed_manifest, sealed_tar
from registered_cluster import register, segment_content
from sample_archives import manifest_of, tar_of
from sample_backup import sample_backup
from target import Target
from verify_repository import FULL, MOMENT, NEXT, verification, write_backup

_SEGMENT = "000000010000000000000003"
_FILES = {"backup_label": b"START", "base/5/1259": b"row" * 4000, "global/pg_control": b"x" * 99, "empty": b""}
_SUFFIX = {"none": "", "zstd": ".zst", "lz4": ".lz4", "gzip": ".gz"}


class Sandbox:
    """A directory with a canary beside everything that is written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.path.mkdir(parents=True)
        (path / "canary").write_text("alive")
        self._rounds = 0

    @contextmanager
    def target(self) -> Iterator[Path]:
        """An empty directory; behind it nothing else may have appeared or changed."""
        inner = self.path / "target"
        inner.mkdir()
        try:
            yield inner
        finally:
            inner.chmod(0o700)
            for path in inner.rglob("*"):
                assert not path.is_symlink() and (path.is_file() or path.is_dir()), f"made {path}"
            shutil.rmtree(inner)
            assert sorted(os.listdir(self.path)) == ["canary"], os.listdir(self.path)
            assert (self.path / "canary").read_text() == "alive"


def compressed(content: bytes, method: str) -> bytes:
    """The content as the method's program writes it."""
    if method == "none":
        return content
    if method == "gzip":
        return gzip.compress(content, 1)
    return subprocess.run([method, "-q", "-c", "-"], input=content, stdout=subprocess.PIPE, check=True).stdout


def archive_target(sandbox: Sandbox, *, method: str, source: Path, is_incremental: bool) -> Target:
    """Extracting one archive, plain headers sealed, under the manifest of the good one."""
    archive = tar_of(_FILES, directories=["base", "base/5", "global"], links={"pg_tblspc/16400": "/mnt/ts"})
    manifest = Manifest.parse(manifest_of(_FILES))
    suffix = f".tar{_SUFFIX[method]}"
    backup = sample_backup(files=(f"base{suffix}",), compression=method)
    source.mkdir()
    folder = folder_of_backup(backup.label, source)

    def apply(directory: str, writer: DirectWriter) -> IncrementalApply:
        return IncrementalApply(
            directory, writer=writer, block_size_bytes=8192, segment_blocks=131072, kept_blocks=lambda _path: None
        )

    def read(content: bytes) -> None:
        (source / f"base{suffix}").write_bytes(content)
        with sandbox.target() as target:
            try:
                extract_backup(
                    backup, folder=folder, manifest=manifest, base=str(target), tablespaces={}, timeout_seconds=60,
                    reading=Reading(apply) if is_incremental else Reading(),
                )  # fmt: skip
            finally:
                assert sum(path.stat().st_size for path in target.rglob("*")) < 1 << 20

    name = f"archive, {method}" + (", incremental" if is_incremental else "")
    seal = sealed_tar if method == "none" else lambda content: content
    return Target(name, (compressed(archive, method),), read, (PitrError,), is_tar=method == "none", seal=seal)


def bomb_targets(sandbox: Sandbox, source: Path) -> tuple[Target, ...]:
    """Archives whose plain form is changed and sealed before it is compressed: what is inside is hostile, too."""
    source.mkdir()
    archive = tar_of(_FILES, directories=["base", "base/5", "global"])
    manifest = Manifest.parse(manifest_of(_FILES))
    backup = sample_backup(files=("base.tar.gz",), compression="gzip")

    def read(content: bytes) -> None:
        (source / "base.tar.gz").write_bytes(gzip.compress(content + bytes(len(content) % 7 << 20), 1))
        with sandbox.target() as target:
            extract_backup(
                backup,
                folder=folder_of_backup(backup.label, source),
                manifest=manifest,
                base=str(target),
                tablespaces={},
                timeout_seconds=60,
            )

    return (Target("archive, changed inside", (archive,), read, (PitrError,), is_tar=True, seal=sealed_tar),)


def wal_target(sandbox: Sandbox, folder: ClusterFolder, *, method: str, name: str, content: bytes) -> Target:
    """Fetching a stored WAL file."""
    log = f"{name[:8]}" if name.endswith(".history") else f"{name[:8]}/{name[8:16]}"
    path = Path(folder.path) / "wal" / log / f"{name}{_SUFFIX[method]}"
    path.parent.mkdir(parents=True, exist_ok=True)

    def read(stored: bytes) -> None:
        path.write_bytes(stored)
        try:
            with sandbox.target() as target:
                folder.fetch_wal(name, str(target / "RECOVERYXLOG"))
                assert (target / "RECOVERYXLOG").stat().st_size <= 1 << 20
        finally:
            path.unlink()

    return Target(f"fetch {name[-8:]}, {method}", (compressed(content, method),), read, (PitrError,))


class RepositoryTarget:
    """A whole small repository of which one file is changed: planned with, verified, and extracted from."""

    def __init__(self, sandbox: Sandbox, path: Path) -> None:
        self._sandbox = sandbox
        path.mkdir()
        self._folder = register(path, data_directory=path / "data")
        write_backup(self._folder)
        write_backup(self._folder, label=NEXT, parent=FULL, first=5)
        wal = Path(self._folder.path) / "wal" / "00000001" / "00000000"
        wal.mkdir(parents=True)
        for number in range(3, 7):
            (wal / f"0000000100000000{number:08X}.gz").write_bytes(gzip.compress(segment_content(number), 1))
        history = Path(self._folder.path) / "wal" / "00000002"
        history.mkdir()
        (history / "00000002.history.gz").write_bytes(gzip.compress(b"1\t0/500000\tx\n"))
        verification(self._folder, tell=lambda _progress: None).run()
        self.files = sorted(each for each in Path(self._folder.path).rglob("*") if each.is_file())

    def run(self, random: Random) -> None:
        """Change one file, use the repository, and put the file back."""
        path = random.choice(self.files)
        good = path.read_bytes()
        path.write_bytes(self._changed(path, good, random))
        try:
            self._use()
        finally:
            for each in Path(self._folder.path).rglob("*.tmp"):
                each.unlink()
            path.write_bytes(good)

    def _changed(self, path: Path, good: bytes, random: Random) -> bytes:
        others = [each.read_bytes() for each in self.files if each.suffix == path.suffix]
        if path.suffix == ".json" and random.random() < 0.7:
            return mutated_json(good, random=random)
        if path.name == "backup_manifest" and random.random() < 0.9:
            return sealed_manifest(mutated(good, others=others, random=random))
        if path.suffix == ".gz" and random.random() < 0.7:
            plain = gzip.decompress(good)
            changed = random.choice((mutated_tar(plain, random=random), mutated(plain, others=[b"x"], random=random)))
            return gzip.compress(sealed_tar(changed), 1)
        return mutated(good, others=others, random=random)

    def _use(self) -> None:
        folder = self._folder
        steps = (self._catalogue, self._verify, self._expire, self._extract, lambda: read_running(folder.storage))
        for step in steps:
            try:
                step()
            except PitrError:
                continue

    def _catalogue(self) -> None:
        folder = self._folder
        records = read_records(folder)
        known = read_wal_inventory(folder, folder.stored_wal())
        incomplete = incomplete_backups(folder, records.backups)
        catalogue_of(records.backups, wal=known.wal, damaged=dict((*records.damaged, *incomplete)))

    def _expire(self) -> None:
        policy = RetentionPolicy(keep_full=1, keep_days=1)
        for now in (MOMENT, MOMENT.replace(year=2030)):
            plan_expire(self._folder, policy=policy, now=now)

    def _verify(self) -> None:
        for selection in ({}, {"backup": "newest"}):
            verification(self._folder, tell=lambda _progress: None, **selection).run()
        for backup in read_records(self._folder).backups:
            for name in backup.files:
                task = FileTask(backup, name, 1000)
                verify_file(task, storage=self._folder.storage, note=lambda _bytes: None, rate_limit=RateLimit(0))

    def _extract(self) -> None:
        manifests = Manifests(self._folder)
        backups = read_records(self._folder).backups
        for backup in backups:
            try:
                link_fault(chain_of(backup, backups=backups), folder=self._folder, manifests=manifests)
                with self._sandbox.target() as target:
                    for name in ("base", "space"):
                        (target / name).mkdir()
                    extract_backup(
                        backup,
                        folder=self._folder,
                        manifest=manifests.of(backup.label),
                        base=str(target / "base"),
                        tablespaces={oid: str(target / "space") for oid in list(backup.tablespaces)[:1]},
                        timeout_seconds=60,
                    )
            except PitrError:
                continue


def file_targets(path: Path) -> tuple[Target, ...]:
    """All that read one file."""
    sandbox = Sandbox(path / "sandbox")
    (path / "repository").mkdir()
    folder = register(path / "repository", data_directory=path / "data")
    methods = [
        method for method in ("none", "gzip", "zstd", "lz4") if method in ("none", "gzip") or shutil.which(method)
    ]
    history = b"1\t0/3000000\tx\n"
    return (
        *(archive_target(sandbox, method=each, source=path / each, is_incremental=False) for each in methods),
        archive_target(sandbox, method="none", source=path / "incremental", is_incremental=True),
        *bomb_targets(sandbox, path / "bombs"),
        *(wal_target(sandbox, folder, method=each, name=_SEGMENT, content=segment_content(3)) for each in methods),
        *(wal_target(sandbox, folder, method=each, name="00000002.history", content=history) for each in methods),
    )


__all__ = ("RepositoryTarget", "Sandbox", "file_targets")
