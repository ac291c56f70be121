# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many clusters a destructive run is about, and whether that is meant."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import InvalidInput


@dataclass(frozen=True)
class RestoreScope:
    """The run that asks: clusters in it, whether it was limited to them, whether the whole fleet is meant."""

    cluster_count: int = 1
    limited: bool = False
    fleet: bool = False

    def check(self) -> None:
        """Raise InvalidInput (``limit-missing``) for several clusters that nobody named."""
        if self.cluster_count > 1 and not self.limited and not self.fleet:
            raise InvalidInput(
                f"this run is about {self.cluster_count} clusters, and nothing says that they are all meant",
                code="limit-missing",
                hint="Name the host with '--limit', or set 'pitr_restore_fleet' to true if the whole fleet is meant.",
            )

    def confirmation(self, *, cluster: str, target: str) -> str:
        """The exact text that confirms the run for this cluster; for a fleet it names their number.

        >>> RestoreScope().confirmation(cluster="db1", target="latest")
        'db1@latest'
        >>> RestoreScope(cluster_count=12, fleet=True).confirmation(cluster="db1", target="latest")
        '12 clusters@latest'
        """
        whose = f"{self.cluster_count} clusters" if self.fleet and self.cluster_count > 1 else cluster
        return f"{whose}@{target}"


__all__ = ("RestoreScope",)
