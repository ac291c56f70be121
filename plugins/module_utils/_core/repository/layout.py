# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every name of a file in a repository."""

from __future__ import annotations

CLUSTER_FILE = "cluster.json"


__all__ = ("CLUSTER_FILE",)
