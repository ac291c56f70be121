# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetching a WAL file from the repository, verified before anybody can see it under its name."""

from __future__ import annotations

import os

from ..._core.errors import Missing
from ..._core.wal.file_name import PARTIAL, SEGMENT
from ..host.files import write_failed
from ..stream.compression import damaged, decompress, method_of
from .checksum_file import RunningChecksum, check_against_file
from .layout import find_stored
from .wal_file_check import check_content, checked_kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def fetch_wal_file(cluster_path: str, *, name: str, destination: str, document: dict[str, Any]) -> None:
    """Put the stored file ``name`` at ``destination``, replacing what is there; not fsynced: it can be fetched again.

    ``document`` is the folder's cluster.json. Raises Missing (``segment-missing``), Damaged (``segment-damaged``),
    Refused (``segment-foreign``), Unavailable (``write-failed``).
    """
    kind = checked_kind(name)
    stored = find_stored(cluster_path, name=name)
    if stored is None:
        raise Missing(
            f"'{name}' is not in the repository, '{cluster_path}'",
            code="segment-missing",
            hint="At the end of the archive that is normal.",
        )
    limit_bytes = document["segment_size_bytes"] if kind in (SEGMENT, PARTIAL) else None
    temporary = f"{destination}.pgpitr.tmp"
    try:
        target = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise write_failed(temporary, error) from error
    try:
        try:
            _read_stored(stored, target=target, temporary=temporary, limit_bytes=limit_bytes)
            check_content(target, name=name, document=document)
        finally:
            os.close(target)
        os.rename(temporary, destination)
    except BaseException:
        os.unlink(temporary)
        raise


def _read_stored(stored: str, *, target: int, temporary: str, limit_bytes: int | None) -> None:
    method = method_of(stored)
    checksum = RunningChecksum() if method == "none" else None
    size_bytes = 0

    def write(chunk: bytes) -> None:
        nonlocal size_bytes
        size_bytes += len(chunk)
        if limit_bytes is not None and size_bytes > limit_bytes:
            raise damaged(stored, f"it has more than {limit_bytes} bytes")
        if checksum is not None:
            checksum.add(chunk)
        _write_all(target, chunk, path=temporary)

    decompress(stored, method=method, write=write)
    if checksum is not None:
        check_against_file(stored, checksum=checksum)
    if size_bytes == 0:
        raise damaged(stored, "it is empty")


def _write_all(target: int, chunk: bytes, *, path: str) -> None:
    view = memoryview(chunk)
    try:
        while view:
            view = view[os.write(target, view) :]
    except OSError as error:
        raise write_failed(path, error) from error


__all__ = ("fetch_wal_file",)
