# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent.wal.following import has_no_target, may_come
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import (
    Damaged,
    Failed,
    PitrError,
    Refused,
    Unavailable,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from fake_runner import FakeRunner, NoPrograms

OPTIONS = '/usr/lib/postgresql/15/bin/postgres "-D" "/pg" "-c" "config_file=/etc/pg.conf"\n'


class Postgres(FakeRunner):
    """A server's program that knows these settings."""

    def __init__(self, **settings: str) -> None:
        self.settings = settings
        self.rc = 0

    def answer(self, argv: tuple[str, ...]) -> Result:
        assert argv[0] == "/usr/lib/postgresql/15/bin/postgres"
        assert argv[1] == "-C"
        assert "config_file=/etc/pg.conf" in argv
        return Result(argv, self.rc, self.settings.get(argv[2], "") + "\n", "")


@pytest.fixture
def standby(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory of a standby, which is the current one."""
    (tmp_path / "postmaster.opts").write_text(OPTIONS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(Unavailable("x", code="repository-missing"), True, id="away"),
        pytest.param(OSError(5, "Input/output error"), True, id="a file system that fails"),
        pytest.param(Failed("x", code="segment-hole"), True, id="missing among others"),
        pytest.param(Failed("x", code="history-missing"), False, id="a timeline without its history"),
        pytest.param(Damaged("x", code="segment-damaged"), False, id="damaged"),
        pytest.param(Unavailable("x", code="identity-missing"), True, id="encrypted, and a standby has no identity"),
        pytest.param(Damaged("x", code="encrypted-damaged"), False, id="encrypted and damaged"),
        pytest.param(Refused("x", code="segment-foreign"), False, id="another cluster's"),
    ],
)
def test_what_may_come_later(*, error: PitrError | OSError, expected: bool) -> None:
    assert may_come(error) is expected


@pytest.mark.usefixtures("standby")
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param({}, True, id="no target"),
        pytest.param({"recovery_target_time": "2026-09-15 12:00:00+00"}, False, id="a time"),
        pytest.param({"recovery_target": "immediate"}, False, id="immediate"),
        pytest.param({"recovery_target_timeline": "latest"}, True, id="a timeline is no target"),
    ],
)
def test_standby_with_a_target_is_a_recovery(*, settings: dict[str, str], expected: bool) -> None:
    assert has_no_target(Postgres(**settings)) is expected


@pytest.mark.parametrize("options", ["", OPTIONS])
def test_what_cannot_be_told_is_a_recovery(standby: Path, options: str) -> None:
    (standby / "postmaster.opts").write_text(options)
    broken = Postgres()
    broken.rc = 1
    assert not has_no_target(broken)
    assert not has_no_target(NoPrograms())
    (standby / "postmaster.opts").unlink()
    assert not has_no_target(Postgres())
