# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a backup is from: the file beside its record."""

from __future__ import annotations

from ..._core.catalogue.origin import MOST_BYTES, Origin
from ..._core.errors import Damaged
from ..._core.repository.layout import origin_key
from ..repository.cluster_folder import ClusterFolder


def write_origin(folder: ClusterFolder, label: str, *, origin: Origin) -> None:
    """Store it, before the backup is recorded. One that would be too large to be read is left out."""
    content = str(origin).encode("utf-8")
    if len(content) <= MOST_BYTES:
        folder.storage.put(origin_key(label), [content])


def read_origin(folder: ClusterFolder, label: str) -> Origin | None:
    """Where the backup is from; ``None``: an earlier release took it. Raises Damaged (``backup-origin-damaged``)."""
    content = folder.storage.read_all(origin_key(label), limit_bytes=MOST_BYTES)
    if content is None:
        return None
    try:
        return Origin.parse(content.decode("utf-8"))
    except (UnicodeDecodeError, Damaged) as error:
        reason = error.message if isinstance(error, Damaged) else str(error)
        raise Damaged(
            f"'{folder.storage.address(origin_key(label))}': {reason}",
            code="backup-origin-damaged",
            hint="Put the file back from another copy of the repository. Without it the restored server would have a "
            "configuration that nobody knows.",
        ) from error


__all__ = ("read_origin", "write_origin")
