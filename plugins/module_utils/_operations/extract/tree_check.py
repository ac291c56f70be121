# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares a data directory with its backup manifest."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ..._core.backup.manifest import Manifest
from ..._core.backup.manifest_check import ManifestComparison, ReadFile
from ..._io.host.runner import Runner
from ..._io.stream.checksum import new_checksum

_PIECE_BYTES = 1 << 20
_SHOWN = 5


def tree_differences(
    base: str, *, manifest: Manifest, manifest_path: str, bin_directory: str, runner: Runner, timeout_seconds: float
) -> tuple[str, ...]:
    """What differs from the manifest, by PostgreSQL's own program where it runs, else by reading the files here.

    There are builds of PostgreSQL whose pg_verifybackup is missing or ends with a signal whatever it is asked.
    """
    program = f"{bin_directory}/pg_verifybackup"
    if os.path.exists(program) and runner.run([program, "--version"], check=False).rc == 0:
        argv = [program, "--no-parse-wal", "--quiet", f"--manifest-path={manifest_path}", base]
        result = runner.run(argv, check=False, timeout_seconds=timeout_seconds)
        said = result.stderr.strip() or f"pg_verifybackup ended with exit code {result.rc}"
        return () if result.rc == 0 else tuple(said.splitlines()[:_SHOWN])
    return compare_tree(base, manifest=manifest)[:_SHOWN]


def compare_tree(base: str, *, manifest: Manifest) -> tuple[str, ...]:
    """Every difference as a sentence; nothing when the directory is what was backed up.

    Links in ``pg_tblspc`` are followed; ``pg_wal`` is not part of a backup without WAL.
    """
    found = ManifestComparison(manifest)
    for path in _files(base):
        algorithm = manifest.files[path].algorithm if path in manifest.files else ""
        found[path] = _read(f"{base}/{path}", algorithm=algorithm)
    return found.differences()


def _files(base: str) -> Iterator[str]:
    roots = [base, *(entry.path for entry in os.scandir(f"{base}/pg_tblspc") if entry.is_symlink())]
    for root in roots:
        for folder, names, files in os.walk(root):
            inside = os.path.relpath(folder, base)
            if inside == ".":
                names.remove("pg_wal")
            yield from (os.path.normpath(f"{inside}/{name}") for name in files)


def _read(path: str, *, algorithm: str) -> ReadFile:
    if not algorithm:
        return ReadFile(os.stat(path).st_size, "")
    checksum = new_checksum(algorithm)
    size_bytes = 0
    with open(path, "rb", buffering=0) as stream:
        while piece := stream.read(_PIECE_BYTES):
            checksum.update(memoryview(piece))
            size_bytes += len(piece)
    return ReadFile(size_bytes, checksum.hexdigest())


__all__ = ("compare_tree", "tree_differences")
