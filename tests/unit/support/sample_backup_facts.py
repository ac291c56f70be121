# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server's facts before a backup, for tests that care for little of them."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.archiver_stats import (
    ArchiverStats,
    ReadyFiles,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.server_facts import BackupFacts


def sample_backup_facts(**known: Any) -> BackupFacts:
    """The facts of a primary that archives, but for what is given."""
    values: dict[str, Any] = {
        "now": datetime(2026, 9, 15, 12, tzinfo=timezone.utc),
        "timeline": 1,
        "in_recovery": False,
        "user": "postgres",
        "may_replicate": True,
        "system_identifier": "7",
        "tablespaces": {},
        "settings": {"archive_mode": "on"},
        "wal_compression_values": (),
        "archiver": ArchiverStats(0, None, None, 0, None, None),
        "ready": ReadyFiles((), 0.0),
        "size_bytes": None,
    }
    return BackupFacts(**{**values, **known})
