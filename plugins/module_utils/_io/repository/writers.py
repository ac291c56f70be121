# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether this host may write to a cluster's folder of the repository."""

from __future__ import annotations

from ..._core.repository.cluster_document import former_name, may_write, writer_unknown
from ..host.machine import hostname, machine_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def check_writer(document: dict[str, Any], *, data_directory: str) -> None:
    """Return when the cluster in this data directory (links resolved) of this host may write; ``cluster.json`` tells.

    Raises Refused (``writer-unknown``).
    """
    host, machine = hostname(), machine_id()
    if not may_write(document, machine_id=machine, hostname=host, data_directory=data_directory):
        formerly = former_name(document, machine_id=machine, hostname=host, data_directory=data_directory)
        raise writer_unknown(document, hostname=host, data_directory=data_directory, formerly=formerly)


__all__ = ("check_writer",)
