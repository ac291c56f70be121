# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What root keeps of a job's guard, and how it goes again."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.worker import guard_files
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.worker.guard_files import (
    GuardFiles,
    guard_keeper,
    read_call,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed

OPTIONS = {
    "name": "db1",
    "service": "postgresql-18",
    "age_identity": "AGE-SECRET-KEY-1",
    "primary_conninfo": "password=secret",
    "settings": {"ssl_passphrase_command": "echo secret"},
}
LEFT_OUT = {"age_identity": None, "primary_conninfo": None, "settings": None}


class Systemd:
    """Notes what systemctl is told."""

    def __init__(self, *, fails: bool = False) -> None:
        self.told: list[str] = []
        self._fails = fails

    def run(self, argv: Sequence[str], **_more: Any) -> None:
        self.told.append(" ".join(word for word in argv if not word.startswith("--")))
        if self._fails:
            raise Failed("systemctl failed", code="command-failed")


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(guard_files, "_UNITS", str(tmp_path))
    monkeypatch.setattr(guard_files, "_GUARDS", f"{tmp_path}/state/guards")
    monkeypatch.setattr(guard_files, "_ROOT", (os.geteuid(), os.getegid()))
    monkeypatch.setattr(guard_files, "_interpreter", lambda: "/usr/bin/python3")
    monkeypatch.setattr(guard_files, "check_root_controls", lambda _paths: None)
    monkeypatch.setattr(guard_files, "systemd_runs", lambda: True)
    (tmp_path / "multi-user.target.wants").mkdir()
    return tmp_path


def act() -> int:
    return 0


def archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("ansible/__init__.py", "")
    return content.getvalue()


def files_of(runner: Any, tmp_path: Path) -> GuardFiles:
    return GuardFiles("/data/main", runner=runner, guards=f"{tmp_path}/state/guards")


def test_guard_is_kept_for_root_alone_and_goes_when_its_job_has_ended(places: Path) -> None:
    systemd = Systemd()
    files_of(systemd, places).keep(OPTIONS, archive=archive(), act=act)
    place = places / "state" / "guards" / "pgpitr-guard-data-main"
    unit = places / "pgpitr-guard-data-main.service"

    assert systemd.told == [f"systemctl {verb} pgpitr-guard-data-main.service" for verb in ("enable", "restart")]
    assert f"\nExecStart=/usr/bin/python3 -I -B {place}/guard.zip\n" in unit.read_text()
    call = read_call(str(place))
    assert (call["directory"], call["options"]) == (
        "/data/main",
        {"name": "db1", "service": "postgresql-18", **LEFT_OUT},
    )
    assert "secret" not in (place / "call.json").read_text().lower()
    modes = {path: oct(path.stat().st_mode)[-3:] for path in (place.parent, place, *place.iterdir())}
    assert set(modes.values()) == {"700", "600"} and modes[place / "call.json"] == "600"
    with zipfile.ZipFile(place / "guard.zip") as kept:
        assert "import act" in kept.read("__main__.py").decode() and "ansible/__init__.py" in kept.namelist()

    systemd.told.clear()
    files_of(systemd, places).drop(call["id"])
    assert systemd.told == ["systemctl disable pgpitr-guard-data-main.service", "systemctl daemon-reload"]
    assert not place.exists() and not unit.exists()


def test_guard_that_was_kept_for_the_next_job_stays(places: Path) -> None:
    systemd = Systemd()
    files_of(systemd, places).keep(OPTIONS, archive=archive(), act=act)
    place = places / "state" / "guards" / "pgpitr-guard-data-main"
    first = read_call(str(place))["id"]
    files_of(systemd, places).keep(OPTIONS, archive=archive(), act=act)
    systemd.told.clear()
    files_of(systemd, places).drop(first)
    assert systemd.told == [] and (place / "guard.zip").exists()


def test_job_does_without_a_guard_that_cannot_be_kept(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def keep(content: bytes | None, runner: Any) -> None:
        guard_keeper(OPTIONS, archive=lambda: content, act=act, runner=runner, tell=told.append)("/data/main")

    keep(archive(), Systemd(fails=True))
    assert told == ["the job on '/data/main' has no guard: systemctl failed"]
    assert not list((places / "state" / "guards").glob("pgpitr-*")), "its secrets do not stay"
    assert not list(places.rglob("*.service")), "a unit that starts nothing does not stay"
    keep(None, Systemd())
    monkeypatch.setattr(guard_files, "systemd_runs", lambda: False)
    keep(archive(), Systemd())
    assert len(told) == 1


def test_one_guard_is_kept_however_often_a_worker_asks(places: Path) -> None:
    systemd = Systemd()
    keep = guard_keeper(OPTIONS, archive=archive, act=act, runner=systemd, tell=print)
    keep("/data/main")
    keep("/data/other")
    assert [path.name for path in (places / "state" / "guards").iterdir() if path.is_dir()] == [
        "pgpitr-guard-data-main"
    ]


def test_python_that_others_can_change_is_not_started_at_boot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(guard_files, "controllers_of", lambda _path: frozenset({0, 1000}))
    with pytest.raises(Exception, match="others can change it") as caught:
        guard_files._interpreter()
    assert caught.value.code == "place-not-trusted"  # type: ignore[attr-defined]
    monkeypatch.setattr(guard_files, "controllers_of", lambda _path: frozenset({0}))
    assert json.dumps(guard_files._interpreter())
