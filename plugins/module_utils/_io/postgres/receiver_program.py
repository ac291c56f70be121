# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the program lies that receives WAL; a host that does so need not have a server."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence

from ..._core.errors import Unavailable

_PROGRAM = "pg_receivewal"
_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/lib/postgresql*/bin")


def find_receiver_program(bin_directory: str | None, *, places: Sequence[str] = _PLACES) -> str:
    """The path of ``pg_receivewal``, in the directory that was named, else of the newest version that is installed.

    An older one than the server refuses to receive from it. Raises Unavailable (``receiver-missing``).
    """
    looked_in = [bin_directory] if bin_directory else [*_installed(places), *os.get_exec_path()]
    for directory in looked_in:
        path = f"{directory}/{_PROGRAM}"
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    raise Unavailable(
        f"the program '{_PROGRAM}' was not found in: {', '.join(looked_in)}",
        code="receiver-missing",
        hint="Install PostgreSQL's client package, or name its directory with 'pitr_streaming_bin_directory'.",
    )


def _installed(places: Sequence[str]) -> Iterator[str]:
    """The directories of every version, the newest first."""
    found = {directory for place in places for directory in glob.glob(place)}
    yield from sorted(found, key=lambda directory: (-_version(directory), directory))


def _version(directory: str) -> int:
    numbers = re.findall(r"\d+", directory)
    return int(numbers[-1]) if numbers else 0


__all__ = ("find_receiver_program",)
