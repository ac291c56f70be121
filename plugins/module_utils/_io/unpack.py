# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unpacking the archives of a base backup, and checking what came out."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping

from .._core.backup import MANIFEST_NAME, Backup
from .._core.errors import Damaged, Failed, Unavailable
from .._core.manifest import Manifest
from .compression import find_program
from .files import read_text
from .pdeathsig import end_with_parent
from .runner import Runner, child_environment, child_identity, program_missing
from .tree_check import compare_tree

_DECOMPRESSORS = {"zstd": ("zstd", "-q", "-dc"), "lz4": ("lz4", "-q", "-dc"), "gzip": ("gzip", "-dc"), "none": ("cat",)}


def unpack_backup(
    backup: Backup, *, source: str, base: str, tablespaces: Mapping[int, str], timeout_seconds: float
) -> None:
    """Unpack a tar backup into directories that exist: ``base``, and one for each tablespace by oid.

    Raises Damaged (``backup-damaged``), Unavailable (``unpack-timeout``, ``program-missing``).
    """
    for name in backup.files:
        if not name.endswith(backup.archive_suffix):
            continue
        stem = name[: -len(backup.archive_suffix)]
        target = base if stem == "base" else tablespaces[int(stem)] if stem.isdigit() else None
        if target is not None:
            _unpack(f"{source}/{name}", into=target, compression=backup.compression, timeout_seconds=timeout_seconds)


def verify_unpacked(
    *,
    source: str,
    base: str,
    tablespaces: Mapping[int, str],
    bin_directory: str,
    runner: Runner,
    timeout_seconds: float,
) -> None:
    """Check every unpacked file against the manifest; links to the tablespaces are set for it, and stay.

    Raises Damaged (``backup-damaged``).
    """
    set_links(base, tablespaces)
    said = _differences(
        f"{source}/{MANIFEST_NAME}",
        base=base,
        program=f"{bin_directory}/pg_verifybackup",
        runner=runner,
        timeout_seconds=timeout_seconds,
    )
    if said:
        raise Damaged(
            f"the backup in '{source}' is damaged: {' '.join(said.splitlines()[:5])}",
            code="backup-damaged",
            hint="Nothing was changed. Choose another backup with 'pitr_restore_backup'.",
        )


def _differences(manifest: str, *, base: str, program: str, runner: Runner, timeout_seconds: float) -> str:
    """What is wrong with the unpacked files, by PostgreSQL's own program where it runs, else by reading them here.

    There are builds of PostgreSQL whose pg_verifybackup is missing or ends with a signal whatever it is asked.
    """
    if os.path.exists(program) and runner.run([program, "--version"], check=False).rc == 0:
        result = runner.run([program, "-n", "-q", "-m", manifest, base], check=False, timeout_seconds=timeout_seconds)
        return "" if result.rc == 0 else result.stderr.strip() or f"exit code {result.rc}"
    return "; ".join(compare_tree(base, manifest=Manifest.parse(read_text(manifest) or ""))[:5])


def set_links(base: str, tablespaces: Mapping[int, str]) -> None:
    """Let pg_tblspc and tablespace_map say where the tablespaces are.

    The map is what PostgreSQL makes the links from when it starts with a backup_label; its checksum in the manifest is
    of the original, so it is only rewritten when it has to say something else.
    """
    for oid, location in tablespaces.items():
        link = f"{base}/pg_tblspc/{oid}"
        if os.path.islink(link):
            os.unlink(link)
        os.symlink(location, link)


def write_tablespace_map(base: str, tablespaces: Mapping[int, str]) -> None:
    """Rewrite tablespace_map for these locations. Source of the form: PostgreSQL, ``xlog.c``, do_pg_backup_start."""
    if not tablespaces:
        return
    lines = "".join(f"{oid} {_escaped(location)}\n" for oid, location in sorted(tablespaces.items()))
    with open(f"{base}/tablespace_map", "w", encoding="utf-8") as stream:
        stream.write(lines)
        stream.flush()
        os.fsync(stream.fileno())


def _escaped(location: str) -> str:
    return location.replace("\\", "\\\\").replace("\n", "\\\n").replace("\r", "\\\r")


def _unpack(archive: str, *, into: str, compression: str, timeout_seconds: float) -> None:
    name, *options = _DECOMPRESSORS[compression]
    program, tar = _program(name), _program("tar")
    common = {"env": child_environment(), "cwd": "/", "preexec_fn": end_with_parent, **child_identity()}
    reader = subprocess.Popen(
        [program, *options, archive], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **common
    )
    writer = subprocess.Popen(
        [tar, "--extract", "--file=-", f"--directory={into}", "--no-same-owner", "--preserve-permissions"],
        stdin=reader.stdout,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        **common,
    )
    if reader.stdout is not None:
        # Only tar may hold it: it has to see the end when the reader is gone.
        reader.stdout.close()
    try:
        said = writer.communicate(timeout=timeout_seconds)[1] + reader.communicate(timeout=60)[1]
    except subprocess.TimeoutExpired as error:
        raise Unavailable(
            f"'{archive}' was not unpacked within {timeout_seconds:g} seconds",
            code="unpack-timeout",
            hint="Raise timeout_seconds, or see what slows the disks down.",
        ) from error
    finally:
        for process in (reader, writer):
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                process.wait()
    if reader.returncode != 0 or writer.returncode != 0:
        raise _unpack_failed(archive, into=into, said=said.decode("utf-8", "replace").strip())


def _unpack_failed(archive: str, *, into: str, said: str) -> Exception:
    words = " ".join(said.splitlines()[:4])
    if "No space left" in said or "quota" in said.lower():
        return Unavailable(
            f"the file system of '{into}' is full: {words}",
            code="disk-full",
            hint="Nothing was changed, and what was unpacked is removed. Make room and try again.",
        )
    if "Permission denied" in said or "Operation not permitted" in said:
        return Failed(f"cannot unpack into '{into}': {words}", code="unpack-failed", hint="Check its owner and mode.")
    return Damaged(
        f"the archive '{archive}' cannot be unpacked: {words}",
        code="backup-damaged",
        hint="Nothing was changed. Choose another backup with 'pitr_restore_backup'.",
    )


def _program(name: str) -> str:
    path = find_program(name)
    if path is None:
        raise program_missing(name)
    return path


__all__ = ("set_links", "unpack_backup", "verify_unpacked", "write_tablespace_map")
