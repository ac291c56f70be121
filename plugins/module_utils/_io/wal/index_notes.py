# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the index of segment facts is kept: beside the archive, or on the host that asks."""

from __future__ import annotations

import hashlib
import os
import pwd
from collections.abc import Iterable
from contextlib import suppress
from glob import escape, glob
from typing import Union

from ..._core.errors import Missing
from ..._core.repository.layout import WAL, WAL_FACTS, is_encrypted
from ..host.files import open_regular, read_limited, write_durably
from ..storage.place import ANY
from ..storage.port import Storage
from .fingerprint import fingerprint_of
from .lookup import find_stored, stat_each_stored

# The facts of the 256 segments of a log, with a few hundred bytes each; more is no index of ours.
_MOST_BYTES = 16 << 20


class StoredNotes:
    """The index in the repository itself, where whoever asks is at home."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def read(self, key: str) -> bytes | None:
        """The content; ``None``: it is not there. Raises PitrError, OSError."""
        return self._storage.read_all(key)

    def write(self, key: str, content: bytes) -> None:
        """Replace the content. Raises PitrError, OSError."""
        self._storage.put(key, [content], replaces=ANY)

    def logs(self) -> list[str]:
        """The keys under which something is known of a log. Raises PitrError."""
        return [f"{WAL_FACTS}/{name}" for name in self._storage.list(WAL_FACTS, delimiter="") if "/" in name]

    def remove(self, key: str) -> None:
        """Forget what is known of a log. Raises PitrError."""
        self._storage.delete([key])

    def segment_identities(self, names: Iterable[str]) -> dict[str, str | None]:
        """The checksum of each stored segment; ``None``: it is not there, or has none. Raises PitrError."""
        return {name: self._identity(name) for name in names}

    def _identity(self, name: str) -> str | None:
        with suppress(OSError, Missing):
            key = find_stored(self._storage, name=name)
            return None if key is None else fingerprint_of(self._storage, key)
        return None


class LocalNotes:
    """The index of a repository on another host, which its database hosts may not write there.

    A segment is known by the version that the storage tells of it, which takes one question for many of them.
    """

    def __init__(self, storage: Storage, *, directory: str) -> None:
        self._storage = storage
        self._directory = directory

    def read(self, key: str) -> bytes | None:
        """The content; ``None``: it is not there. Raises PitrError, OSError."""
        path = f"{self._directory}/{key}"
        try:
            descriptor = open_regular(path)
        except FileNotFoundError:
            return None
        try:
            return read_limited(descriptor, path=path, limit_bytes=_MOST_BYTES)
        finally:
            os.close(descriptor)

    def write(self, key: str, content: bytes) -> None:
        """Replace the content. Raises PitrError, OSError."""
        path = f"{self._directory}/{key}"
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        write_durably(path, content)

    def logs(self) -> list[str]:
        """The keys under which something is known of a log."""
        skip = len(self._directory) + 1
        return [path[skip:] for path in glob(f"{escape(self._directory)}/{WAL_FACTS}/*/*.json")]

    def remove(self, key: str) -> None:
        """Forget what is known of a log. Raises OSError."""
        os.unlink(f"{self._directory}/{key}")

    def segment_identities(self, names: Iterable[str]) -> dict[str, str | None]:
        """The version of each stored segment; ``None``: it is not there, or is encrypted. Raises PitrError."""
        names = tuple(names)
        with suppress(OSError):
            return dict(zip(names, map(_version, stat_each_stored(self._storage, names))))
        return {}


def _version(found: tuple[str, tuple[int, float, str]] | None) -> str | None:
    return None if found is None or is_encrypted(found[0]) else f"{found[0]} {found[1][2]}"


Notes = Union[StoredNotes, LocalNotes]


def notes_beside(storage: Storage) -> Notes:
    """The notes on a cluster's archive that this account can keep."""
    if storage.local_directory(WAL) is not None:
        return StoredNotes(storage)
    try:
        home = pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        home = "/nonexistent"
    place = hashlib.sha256(storage.address().encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return LocalNotes(storage, directory=f"{home}/.cache/pgpitr/{place}")


__all__ = ("LocalNotes", "Notes", "StoredNotes", "notes_beside")
