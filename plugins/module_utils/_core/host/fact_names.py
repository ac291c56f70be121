# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether hosts have told facts that would count as variables of ours.

Ansible takes facts from whatever a host answers, and they come before the inventory's variables. What a host answers to
a task that was delegated to it becomes facts of the task's own host. So whoever has taken over a database's host would
say where, and as whom, root works on the repository's host, and the other way round.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import Refused

_OUR_VARIABLES = "pitr_"


def check_fact_names(names: Iterable[str]) -> None:
    """Return when no fact has the name of a variable of the collection. Raises Refused (``variable-is-a-fact``).

    >>> check_fact_names(["distribution", "local"])
    """
    told = sorted(name for name in names if name.startswith(_OUR_VARIABLES))
    if told:
        raise Refused(
            f"a host has answered with facts that have the names of variables: {', '.join(told)}",
            code="variable-is-a-fact",
            hint="Set them in the inventory, or by 'set_fact' without 'cacheable'. If nobody has made them facts, find"
            " out who controls that host, and remove its facts from the cache.",
        )


__all__ = ("check_fact_names",)
