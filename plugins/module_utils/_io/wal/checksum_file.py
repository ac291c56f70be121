# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checksum that lies beside a file stored without compression: ``<name>.crc32``."""

from __future__ import annotations

import os

from ..stream.compression import damaged

SUFFIX = ".crc32"


class RunningChecksum:
    """CRC-32 and size of the bytes that were added; the text form is the content of the file beside."""

    def __init__(self) -> None:
        from zlib import crc32

        self._crc32 = crc32
        self._value = 0
        self.size_bytes = 0

    def add(self, chunk: bytes) -> None:
        """Take the next bytes into account."""
        self._value = self._crc32(chunk, self._value)
        self.size_bytes += len(chunk)

    def __str__(self) -> str:
        return f"{self._value:08x} {self.size_bytes}\n"


def write_checksum_file(stored_path: str, *, checksum: RunningChecksum) -> None:
    """Put the checksum beside ``stored_path``, durably but for the directory's names, which the caller makes durable.

    Called before the stored file gets its name and under the lock of that name, so no file ever lacks it.
    """
    folder, name = os.path.split(stored_path)
    temporary = f"{folder}/.{name}{SUFFIX}.tmp"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
        os.write(descriptor, str(checksum).encode("ascii"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.rename(temporary, stored_path + SUFFIX)


def has_checksum_file(stored_path: str) -> bool:
    """Whether a checksum lies beside."""
    return os.path.exists(stored_path + SUFFIX)


def check_against_file(stored_path: str, *, checksum: RunningChecksum) -> None:
    """Return when the bytes that were read are those that were stored. Raises Damaged (``segment-damaged``)."""
    try:
        with open(stored_path + SUFFIX, "rb") as stream:
            expected = stream.read().decode("ascii", "replace")
    except FileNotFoundError:
        raise damaged(stored_path, f"its checksum '{stored_path}{SUFFIX}' is missing") from None
    if str(checksum) != expected:
        raise damaged(stored_path, f"it reads '{str(checksum).strip()}' and was stored as '{expected.strip()}'")


__all__ = ("SUFFIX", "RunningChecksum", "check_against_file", "has_checksum_file", "write_checksum_file")
