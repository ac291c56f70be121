# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.configuration_files import (
    ConfigurationFile,
    read_configuration_files,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.archiving.apply_settings import restart_with
from archiving_world import ArchivingWorld
from scripted_server import Rows

BEFORE = "port = 5432\n"


class Refusing(ArchivingWorld):
    """PostgreSQL's own program finds the files wrong."""

    def answer(self, argv: tuple[str, ...]) -> Result:
        found = super().answer(argv)
        return found if argv[1] != "-C" else Result(argv, 1, "", "FATAL: line 2")


class Complaining(ArchivingWorld):
    """The running server finds one value wrong."""

    def _file_settings(self) -> Rows:
        return [(*row[:4], "setting could not be applied") for row in super()._file_settings()]


def text_of(world: ArchivingWorld) -> str:
    return world.config.read_text(encoding="utf-8")


def test_files_that_postgresql_does_not_read_are_put_back(tmp_path: Path) -> None:
    world = Refusing(tmp_path)

    with pytest.raises(Failed) as caught:
        world.setup().run()
    assert caught.value.code == "configuration-invalid" and "FATAL: line 2" in caught.value.message
    assert text_of(world) == BEFORE and world.asked[-1] == "reload"


def test_values_that_the_server_refuses_are_put_back(tmp_path: Path) -> None:
    world = Complaining(tmp_path)

    with pytest.raises(Failed) as caught:
        world.setup().run()
    assert caught.value.code == "configuration-invalid" and "could not be applied" in caught.value.message
    assert text_of(world) == BEFORE


class RestartedService:
    """Starts as its script says: an error, or nothing for a start that succeeds."""

    def __init__(self, *starts: Unavailable | None) -> None:
        self._starts = list(starts)
        self.done: list[str] = []

    def stop(self) -> None:
        self.done.append("stop")

    def start(self, *, timeout_seconds: float) -> None:
        self.done.append("start")
        error = self._starts.pop(0)
        if error is not None:
            raise error


def files_of(world: ArchivingWorld) -> Mapping[str, ConfigurationFile]:
    return read_configuration_files([str(world.config)])


def test_server_that_starts_keeps_its_new_files(tmp_path: Path) -> None:
    world, service = ArchivingWorld(tmp_path), RestartedService(None)
    files = files_of(world)
    world.config.write_text("new", encoding="utf-8")

    restart_with(files, texts={str(world.config): "new"}, service=service)  # type: ignore[arg-type]

    assert (service.done, text_of(world)) == (["stop", "start"], "new")


def test_server_that_does_not_start_runs_with_its_old_files_again(tmp_path: Path) -> None:
    world = ArchivingWorld(tmp_path)
    service = RestartedService(Unavailable("no memory", code="x", hint="y"), None)
    files = files_of(world)
    world.config.write_text("new", encoding="utf-8")

    with pytest.raises(Failed) as caught:
        restart_with(files, texts={str(world.config): "new"}, service=service)  # type: ignore[arg-type]
    assert caught.value.code == "restart-failed" and "no memory" in caught.value.message
    assert (service.done, text_of(world)) == (["stop", "start", "stop", "start"], BEFORE)
