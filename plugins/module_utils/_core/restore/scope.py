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
                hint="Name the hosts with '--limit', or set 'pitr_restore_fleet' to true if the whole fleet is meant.",
            )

    def confirmations(self, *, cluster: str, target: str) -> tuple[str, ...]:
        """The exact texts of which one confirms the run for this cluster, the one to be shown first.

        Of several clusters it names their number, the same for each; or each is named by its own.

        >>> RestoreScope().confirmations(cluster="db1", target="latest")
        ('db1@latest',)
        >>> RestoreScope(cluster_count=12, fleet=True).confirmations(cluster="db1", target="latest")
        ('12 clusters@latest', 'db1@latest')
        """
        own = f"{cluster}@{target}"
        return (own,) if self.cluster_count <= 1 else (f"{self.cluster_count} clusters@{target}", own)


__all__ = ("RestoreScope",)
