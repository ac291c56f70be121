# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Leaving a standby's backups to its primary: every host of a fleet has the same timers."""

from __future__ import annotations

import os
import sys

from .configured_cluster import ConfiguredCluster

SKIP_STANDBY = "--skip-standby"


def skips_standby(configured: ConfiguredCluster) -> bool:
    """Whether the cluster is a standby, running or not; then a line says that nothing is done.

    A recovery that is not finished is no standby. Where there is no data directory there is none either. Raises what
    :meth:`ConfiguredCluster.discover` raises.
    """
    data_directory = configured.config["data_directory"]
    # PostgreSQL removes the file when the standby is promoted, so most clusters are told from it alone.
    if not os.path.lexists(os.path.join(data_directory, "standby.signal")) or not configured.discover().in_recovery:
        return False
    sys.stdout.write(f"{configured.name}: skipped: the cluster is a standby ({data_directory}); its primary's turn\n")
    return True


__all__ = ("SKIP_STANDBY", "skips_standby")
