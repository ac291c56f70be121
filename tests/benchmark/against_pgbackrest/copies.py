# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restored copy, started for a look at its rows."""

from __future__ import annotations

from types import TracebackType

from database import PORT, Database

COPY_PORT = PORT + 1


class Copy:
    """A server on a restored directory, with the original's configuration: recovered up to its target, read-only."""

    QUESTION = "SELECT count(*) || ' ' || sum(abalance) FROM pgbench_accounts"

    def __init__(self, database: Database, directory: str) -> None:
        self._database = database
        self._directory = directory

    def __enter__(self) -> Copy:
        configuration = f"/etc/postgresql/{self._database.version}/main/postgresql.conf"
        settings = {
            "config_file": configuration,
            "data_directory": self._directory,
            "port": str(COPY_PORT),
            "archive_mode": "off",
            "external_pid_file": "",
            "recovery_target_action": "pause",
        }
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        self._control("start", "-w", "-t", "120", "-l", f"{self._directory}.log", "-o", options)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._control("stop", "-m", "immediate")

    def answer(self) -> str:
        """What it says to the question."""
        return self._database.ask(self.QUESTION, port=COPY_PORT)

    def _control(self, *words: str) -> None:
        program = f"{self._database.bin_directory}/pg_ctl"
        self._database.host.run(program, "-D", self._directory, *words, user="postgres")
