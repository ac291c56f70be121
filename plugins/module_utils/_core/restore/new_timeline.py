# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A new timeline for a cluster whose restore was rolled back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..postgres.cluster import Cluster
from ..recovery.settings import TARGET_SETTINGS

# A recovery to the end of the cluster's own WAL, which ends on a new timeline. It must read no other WAL than that in
# pg_wal, where the histories of the timelines are too whose numbers are taken. hot_standby asks for settings that are
# at least those of the primary, and nobody is let in anyhow.
_SETTINGS: Mapping[str, str] = {
    **dict.fromkeys(TARGET_SETTINGS, ""),
    "recovery_target_timeline": "current",
    "recovery_end_command": "",
    "recovery_min_apply_delay": "0",
    "restore_command": "false",
    "hot_standby": "off",
    "log_destination": "stderr",
}
# The end of a recovery waits for the summarizer (CleanupAfterArchiveRecovery in xlog.c), and there is none.
_SINCE_17: Mapping[str, str] = {"summarize_wal": "off"}


def newer_timelines(known: Iterable[int], *, than: int) -> tuple[int, ...]:
    """The known timelines above the cluster's own, in order: a standby would take one of them for the latest.

    >>> newer_timelines([2, 1, 3], than=1)
    (2, 3)
    """
    return tuple(sorted({timeline for timeline in known if timeline > than}))


def standalone_arguments(cluster: Cluster) -> tuple[str, ...]:
    """The command line of the recovery in single-user mode, which lets nobody in and ends by itself.

    PostgreSQL connects to a database before it reads that there are no commands; template1 is always there.
    """
    settings = {**_SETTINGS, **(_SINCE_17 if cluster.version >= 17 else {})}
    return (
        cluster.program("postgres"),
        "--single",
        "-D",
        cluster.data_directory,
        "-c",
        f"config_file={cluster.config_file}",
        *cluster.start_options,
        *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
        "template1",
    )


__all__ = ("newer_timelines", "standalone_arguments")
