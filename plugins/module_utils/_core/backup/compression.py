# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Choosing the compression of a base backup: what is requested, and what server and host support."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..errors import InvalidInput
from ..postgres.settings import SERVER_COMPRESSION_SINCE

AUTO = "auto"
# Best first, measured on 2 cores: zstd is small and fast, lz4 fast, gzip available everywhere.
PREFERENCE = ("zstd", "lz4", "gzip", "none")
COMPRESSIONS = (AUTO, *PREFERENCE)
# The methods for which the server can use threads.
_IN_THREADS = frozenset({"zstd"})
# Nearly every build of PostgreSQL has zlib; of one without, pg_basebackup will tell.
_ALWAYS = frozenset({"gzip", "none"})


@dataclass(frozen=True)
class BackupCompression:
    """A compression ``method``, with ``workers``, the server's threads for it (0: no extra threads)."""

    method: str
    workers: int = 0


def server_compressions(*, version: int, wal_compression_values: Collection[str]) -> frozenset[str]:
    """The methods that a server of this major version supports.

    ``wal_compression_values`` are the values that the setting ``wal_compression`` allows: since 15 they tell
    which libraries the server was built with (source: ``wal_compression_options`` in PostgreSQL's guc tables). Older
    servers don't compress; their pg_basebackup supports gzip.
    """
    if version < SERVER_COMPRESSION_SINCE:
        return _ALWAYS
    return _ALWAYS | ({"zstd", "lz4"} & set(wal_compression_values))


def choose_backup_compressions(
    wanted: str, *, server: Collection[str], host: Collection[str], processors: int
) -> tuple[BackupCompression, ...]:
    """The compressions to try, in order: the requested method, or for ``auto`` every supported one.

    ``host`` are the methods that this host can decompress, ``processors`` the count of its processors. With more than
    one the server is asked to compress in threads, and then without, in case its library has none. Raises InvalidInput
    (``compression-unknown``, ``compression-unsupported``).
    """
    if wanted == AUTO:
        methods = [method for method in PREFERENCE if method in server and method in host]
        return tuple(candidate for method in methods for candidate in _candidates(method, processors=processors))
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
            f"compression '{wanted}': this host has no program '{wanted}' to read such a backup",
            code="compression-unsupported",
            hint=f"Install the operating system's package '{wanted}', or set 'pitr_backup_compression' to auto.",
        )
    return _candidates(wanted, processors=processors)


def _candidates(method: str, *, processors: int) -> tuple[BackupCompression, ...]:
    plain = BackupCompression(method)
    return (BackupCompression(method, workers=2), plain) if method in _IN_THREADS and processors > 1 else (plain,)


def compression_unsupported(method: str) -> InvalidInput:
    """The error for a method that this build of PostgreSQL does not support."""
    return InvalidInput(
        f"compression '{method}' is not built into this server",
        code="compression-unsupported",
        hint="Set 'pitr_backup_compression' to auto, which takes the best that both the server and this host support.",
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
