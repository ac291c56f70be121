# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a cluster's archiving."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import InvalidInput
from ..host.agent_config import DEFAULT_CONFIG_DIRECTORY
from .commands import archive_command

# The limits are those of pg_settings (min_val, max_val).
_RANGES = {
    "archive_timeout_seconds": (0, 1073741823),
    "max_wal_senders": (1, 262143),
    "wal_summary_keep_days": (0, 24855),
    "proof_timeout_seconds": (1, 86400),
}
_VARIABLES = {
    "archive_timeout_seconds": "pitr_archiving_timeout_seconds",
    "max_wal_senders": "max_wal_senders",
    "wal_summary_keep_days": "pitr_archiving_wal_summary_keep_days",
    "proof_timeout_seconds": "pitr_archiving_proof_timeout_seconds",
}


@dataclass(frozen=True)
class ArchiveRequest:
    """The archive settings that a cluster is to have, and what may be done for that.

    ``wal_summary_keep_days`` 0 means forever. A restart that is needed is made with ``allow_restart`` and otherwise
    refused, unless ``report_restart`` asks to write the settings and leave the restart to somebody else.
    ``proof_timeout_seconds`` is how long a segment may take to arrive in the repository.
    """

    cluster_name: str
    agent_path: str = "/usr/local/bin/pgpitr"
    config_directory: str = DEFAULT_CONFIG_DIRECTORY
    archive_timeout_seconds: int = 60
    wal_level: str = "replica"
    max_wal_senders: int = 2
    summarize_wal: bool = True
    wal_summary_keep_days: int = 10
    replace_archive_command: bool = False
    allow_restart: bool = False
    report_restart: bool = False
    proof_timeout_seconds: int = 60

    def check(self) -> None:
        """Raise InvalidInput (``option-out-of-range``) for numbers that PostgreSQL, or sense, would not take."""
        for name, (least, most) in _RANGES.items():
            if not least <= getattr(self, name) <= most:
                raise InvalidInput(
                    f"{name} is {getattr(self, name)}, and must be {least} to {most}",
                    code="option-out-of-range",
                    hint=f"Correct '{_VARIABLES[name]}'.",
                )

    @property
    def archive_command(self) -> str:
        """The value of ``archive_command``. Raises InvalidInput (``invalid-cluster-name``)."""
        return archive_command(self.agent_path, cluster_name=self.cluster_name, config_directory=self.config_directory)


__all__ = ("ArchiveRequest",)
