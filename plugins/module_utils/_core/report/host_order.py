# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order in which Ansible takes the hosts of a play, by its keyword ``order``."""

from __future__ import annotations

from collections.abc import Sequence

INVENTORY = "inventory"


def in_order(hosts: Sequence[str], order: str) -> list[str]:
    """The hosts, given as the inventory has them, as the play takes them.

    ``shuffle`` is not among the orders: it tells nobody which hosts are still to come. Source: ansible-core,
    ``inventory/manager.py`` (get_hosts).

    >>> in_order(["db2", "db1", "db3"], "reverse_inventory"), in_order(["db2", "db1", "db3"], "sorted")
    (['db3', 'db1', 'db2'], ['db1', 'db2', 'db3'])
    """
    taken = sorted(hosts) if order.endswith("sorted") else list(hosts)
    return taken[::-1] if order.startswith("reverse_") else taken


__all__ = ("INVENTORY", "in_order")
