# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Leaving a standby's backups to its primary: every host of a fleet has the same timers."""

from __future__ import annotations

import os
import sys

from .configured_cluster import ConfiguredCluster


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


def skips_all_but_primary(configured: ConfiguredCluster) -> bool:
    """Whether the cluster's server does not run as a primary; then a line says that nothing is done.

    A host whose server went down may be left by a failover: its job, and what that was told to keep, are of the past.
    Raises what :meth:`ConfiguredCluster.discover` raises.
    """
    if skips_standby(configured):
        return True
    cluster = configured.discover()
    if cluster.running and not cluster.in_recovery:
        return False
    state = "is in recovery" if cluster.running else "does not run"
    where = f"the server in {cluster.data_directory} {state}"
    sys.stdout.write(f"{configured.name}: skipped: {where}, and another host may be the primary by now\n")
    return True


__all__ = ("skips_all_but_primary", "skips_standby")
