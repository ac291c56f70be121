# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A WAL file of a repository on this host, verified, with what lies beside it there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..._core.errors import Damaged, Missing, Refused
from ..._core.repository.layout import checksum_key, digest_key, is_encrypted, logical_name
from ..._io.encryption.encrypted_file import check_stored
from ..._io.repository.own_file import read_own
from ..._io.storage.directory import DirectoryStorage
from ..._io.storage.port import Storage
from ..._io.wal.fetch import fetch_wal_file
from ..._io.wal.wal_file_check import wal_file_limit
from .bounded import at_most, most_stored


@contextmanager
def staged_wal(
    source: Storage, key: str, *, scratch: str, document: dict[str, Any]
) -> Iterator[tuple[Storage, tuple[str, ...]]]:
    """The file and its keys, the file itself last, in a storage below ``scratch`` for as long as it is needed.

    It is whole, as far as that can be told without an identity, and no larger than such a file can be. Raises Damaged,
    Missing, Refused (``segment-foreign``).
    """
    most_bytes = most_stored(wal_file_limit(logical_name(os.path.basename(key)), document=document))
    staged = DirectoryStorage(scratch)
    keys = (*(each for each in (checksum_key(key), digest_key(key)) if source.stat(each) is not None), key)
    try:
        for each in keys:
            with read_own(source, each) as reading:
                staged.put(each, at_most(reading, most_bytes, address=source.address(each)), is_durable=False)
        _check_told(staged, key, source=source, document=document, scratch=scratch)
        yield staged, keys
    finally:
        staged.delete(keys)


def _check_told(staged: Storage, key: str, *, source: Storage, document: dict[str, Any], scratch: str) -> None:
    """Return when it is whole; what is wrong is told of the file that people can look at."""
    try:
        _check(staged, key, document=document, scratch=scratch)
    except (Damaged, Missing, Refused) as error:
        message = error.message.replace(staged.address(), source.address())
        raise type(error)(message, code=error.code, hint=error.hint) from error


def _check(staged: Storage, key: str, *, document: dict[str, Any], scratch: str) -> None:
    if is_encrypted(key):
        check_stored(staged, key)
        return
    target = f"{scratch}/verified"
    fetch_wal_file(staged, name=logical_name(os.path.basename(key)), destination=target, document=document)
    os.unlink(target)


__all__ = ("staged_wal",)
