# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a base backup is compressed: what was asked for, what the server can, and what this host can read again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..errors import InvalidInput
from ..postgres.settings import SERVER_COMPRESSION_SINCE

AUTO = "auto"
# Best first, measured on 2 cores: zstd is small and quick, lz4 quick, gzip everywhere.
PREFERENCE = ("zstd", "lz4", "gzip", "none")
COMPRESSIONS = (AUTO, *PREFERENCE)
# The methods that a server can do in threads of its own.
_IN_THREADS = frozenset({"zstd"})
# Every build of PostgreSQL but an odd one has zlib; a build without it is noticed when pg_basebackup says so.
_ALWAYS = frozenset({"gzip", "none"})


@dataclass(frozen=True)
class BackupCompression:
    """One way to compress a backup: ``method``, and ``workers``, the server's threads for it (0: none of their own)."""

    method: str
    workers: int = 0


def server_compressions(*, version: int, wal_compression_values: Collection[str]) -> frozenset[str]:
    """What a server of this major version can write.

    ``wal_compression_values`` are the values that the setting ``wal_compression`` allows: since 15 they tell with
    which libraries the server was built (source: ``wal_compression_options`` in PostgreSQL's guc tables). Older
    servers compress nothing; their pg_basebackup can do gzip.
    """
    if version < SERVER_COMPRESSION_SINCE:
        return _ALWAYS
    return _ALWAYS | ({"zstd", "lz4"} & set(wal_compression_values))


def choose_backup_compressions(
    wanted: str, *, server: Collection[str], host: Collection[str], processors: int
) -> tuple[BackupCompression, ...]:
    """What to try, in order: one method when it was asked for, every possible one for ``auto``.

    ``host`` are the methods that this host can decompress, ``processors`` how many it has. With more than one the
    server compresses in a thread of its own, and without one where its library knows no threads. Raises InvalidInput
    (``compression-unknown``, ``compression-unsupported``) with who lacks it.
    """
    if wanted == AUTO:
        methods = [method for method in PREFERENCE if method in server and method in host]
        return tuple(way for method in methods for way in _ways(method, processors=processors))
    if wanted not in PREFERENCE:
        raise InvalidInput(
            f"compression '{wanted}' is unknown",
            code="compression-unknown",
            hint=f"Set 'pitr_backup_compression' to one of {', '.join(COMPRESSIONS)}.",
        )
    if wanted not in server:
        raise compression_unsupported(wanted)
    if wanted not in host:
        raise InvalidInput(
            f"compression '{wanted}': this host has no program '{wanted}' to read such a backup again",
            code="compression-unsupported",
            hint=f"Install the operating system's package '{wanted}', or set 'pitr_backup_compression' to auto.",
        )
    return _ways(wanted, processors=processors)


def _ways(method: str, *, processors: int) -> tuple[BackupCompression, ...]:
    plain = BackupCompression(method)
    return (BackupCompression(method, workers=2), plain) if method in _IN_THREADS and processors > 1 else (plain,)


def compression_unsupported(method: str) -> InvalidInput:
    """The error for a method that this build of PostgreSQL lacks."""
    return InvalidInput(
        f"compression '{method}' is not built into this server",
        code="compression-unsupported",
        hint="Set 'pitr_backup_compression' to auto: it takes the best that the server and this host can do.",
    )


__all__ = (
    "AUTO",
    "COMPRESSIONS",
    "PREFERENCE",
    "BackupCompression",
    "choose_backup_compressions",
    "compression_unsupported",
    "server_compressions",
)
