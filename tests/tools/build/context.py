# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every target needs to know, and the pieces that it may ask for."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import collection
import embedded_postgres
import environment
import python_env
from places import CHECKOUT
from stamps import Stamps
from steps import Outcome, run_openly


@dataclass(frozen=True)
class Context:
    """The build folder and the caller's environment."""

    build: Path
    caller: Mapping[str, str]

    @property
    def tools(self) -> dict[str, str]:
        """The environment that tools run in."""
        return environment.for_tools(self.caller, build=self.build)

    def program(self, name: str) -> str:
        """The path of a program of the virtual environment."""
        return str(self.build / "venv" / "bin" / name)

    def log(self, name: str) -> Path:
        """The path of a log."""
        return self.build / "logs" / f"{name}.log"

    def need_python(self, *layers: str) -> None:
        """Have the virtual environment with these layers."""
        with Stamps(self.build).lock():
            python_env.ensure(self.build, *layers)

    def need_postgres(self) -> None:
        """Have the embedded PostgreSQL."""
        with Stamps(self.build).lock():
            embedded_postgres.ensure(self.build)

    def need_collection(self) -> None:
        """Have the collection built and installed as it is now."""
        with Stamps(self.build).lock():
            collection.ensure_installed(self.build)

    def need_sources(self, name: str) -> Path:
        """Have a copy of the sources for one check."""
        with Stamps(self.build).lock():
            return collection.copy_sources(self.build, name=name)

    def run(
        self,
        name: str,
        argv: Sequence[str],
        *,
        cwd: Path = CHECKOUT,
        extra: Mapping[str, str] | None = None,
    ) -> Outcome:
        """Run a command openly in the tools' environment."""
        return run_openly(name, argv, environment={**self.tools, **(extra or {})}, cwd=cwd)


def from_process(build: Path) -> Context:
    """The context of this process."""
    return Context(build=build, caller=dict(os.environ))
