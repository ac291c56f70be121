# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts of a story, which are folders of this machine, and the inventory that names them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Host:
    """A host of the inventory; all that it has lies in one folder."""

    name: str
    folder: Path

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "data"

    @property
    def agent(self) -> Path:
        """The program that PostgreSQL calls."""
        return self.folder / "pgpitr"

    @property
    def config(self) -> Path:
        """The program's configuration."""
        return self.folder / "etc"

    @property
    def log(self) -> Path:
        """The log of the server that was started by hand."""
        return self.folder / "postgresql.log"

    def variables(self) -> dict[str, object]:
        """Where the collection's modules find the cluster, and put the program."""
        return {
            "pitr_cluster_data_directory": str(self.data),
            "pitr_agent_path": str(self.agent),
            "pitr_agent_config_directory": str(self.config),
        }


def inventory_text(hosts: Mapping[str, Mapping[str, object]], *, shared: Mapping[str, object]) -> str:
    """An inventory of these hosts, each with its variables, and of what all of them share.

    >>> print(inventory_text({"db1": {"port": 1}}, shared={"a": "b"}), end="")
    ---
    all:
      hosts:
        db1:
          port: 1
      vars:
        a: "b"
    """
    lines = ["---", "all:", "  hosts:"]
    for name, variables in hosts.items():
        lines += [f"    {name}:", *(f"      {key}: {json.dumps(value)}" for key, value in variables.items())]
    lines += ["  vars:", *(f"    {key}: {json.dumps(value)}" for key, value in shared.items())]
    return "\n".join(lines) + "\n"
