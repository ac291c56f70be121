# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.service import supervisor as module
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.service.supervisor import (
    Supervisor,
    check_nobody_went_along,
    supervisor_of,
)


@pytest.mark.parametrize(
    ("parent", "name", "is_named"),
    [
        pytest.param(1, "systemd", False, id="process 1"),
        pytest.param(77, "systemd", False, id="a user's systemd"),
        pytest.param(77, "tini", False, id="what adopts in a container"),
        pytest.param(77, "runsv", True, id="a supervisor"),
        pytest.param(77, "patroni", True, id="a cluster manager"),
        pytest.param(77, "", False, id="gone meanwhile"),
    ],
)
def test_parent_that_would_miss_the_server_is_named(tmp_path: Path, parent: int, name: str, is_named: bool) -> None:
    for pid in (123, parent):
        (tmp_path / str(pid)).mkdir()
    (tmp_path / "123" / "stat").write_text(f"123 (post (gres) S {parent} 123 123 0")
    if name:
        (tmp_path / str(parent) / "comm").write_text(f"{name}\n")
    assert supervisor_of(123, proc=str(tmp_path)) == (Supervisor(parent, name) if is_named else None)


def test_server_that_is_down_has_none(tmp_path: Path) -> None:
    assert supervisor_of(None) is None
    assert supervisor_of(5, proc=str(tmp_path)) is None


def test_server_that_is_just_going_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server removes its lock file before it is gone."""
    seen = iter([123, 123, None, None])
    monkeypatch.setattr(module, "server_in", lambda _directory: next(seen))
    monkeypatch.setattr(module, "postmaster_pid", lambda _directory: None)
    check_nobody_went_along("/srv/data.pitr-old")
    assert list(seen) == []


@pytest.mark.parametrize(("lock_file", "seconds"), [(123, 60.0), (None, 0.2)], ids=["with a lock file", "without"])
def test_server_that_stays_is_told(monkeypatch: pytest.MonkeyPatch, lock_file: int | None, seconds: float) -> None:
    monkeypatch.setattr(module, "_LEAVING_SECONDS", seconds)
    monkeypatch.setattr(module, "server_in", lambda _directory: 123)
    monkeypatch.setattr(module, "postmaster_pid", lambda _directory: lock_file)
    with pytest.raises(Failed, match="process 123"):
        check_nobody_went_along("/srv/data.pitr-old")
