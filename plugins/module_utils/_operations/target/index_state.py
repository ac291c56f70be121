# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the index of segment facts can be kept; apart from its upkeep, which takes long to import."""

from __future__ import annotations

import os

from ..._core.repository.layout import WAL
from ..._io.repository.cluster_folder import ClusterFolder


def can_keep_index(folder: ClusterFolder) -> bool:
    """Whether the WAL belongs to whoever asks: what root wrote the cluster's account could not write again.

    The notes on WAL that another host keeps are this account's own.
    """
    directory = folder.storage.local_directory(WAL)
    try:
        return directory is None or os.stat(directory).st_uid == os.geteuid()
    except OSError:
        return False


__all__ = ("can_keep_index",)
