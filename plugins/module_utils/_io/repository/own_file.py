# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what is read of a repository is its own file, or what a link in the place of one leads to.

Whoever else can write to the repository would get to read what only the account may, where that is sent on or kept.
"""

from __future__ import annotations

import os

from ..._core.errors import Damaged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..storage.port import Reading, Storage


def is_own(storage: Storage, key: str, *, reading: Reading) -> bool:
    """Whether what is open is the file under the key itself. No storage but a directory has links."""
    directory = storage.local_directory("")
    if directory is None:
        return True
    try:
        # Looked at when it is open, or it could be exchanged in between.
        return os.path.samestat(os.lstat(f"{directory}/{key}"), os.fstat(reading.descriptor))
    except FileNotFoundError:
        return False


def read_own(storage: Storage, key: str, *, offset: int = 0) -> Reading:
    """The open file under a key. Raises as :meth:`Storage.read`, and Damaged (``file-not-regular``) for a link."""
    reading = storage.read(key, offset=offset)
    if is_own(storage, key, reading=reading):
        return reading
    reading.close()
    raise Damaged(
        f"'{storage.address(key)}' is a link",
        code="file-not-regular",
        hint="Find out who put it there. What it leads to is not read; put back the file that belongs there.",
    )


__all__ = ("is_own", "read_own")
