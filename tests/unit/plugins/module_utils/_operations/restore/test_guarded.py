# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From when on a job is guarded."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.listener import is_alone
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege import follower as followers
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege import root as roots
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.restore.guarded import go_on_guarded


class Asked(roots.Root):
    def __init__(self, error: Exception | None = None) -> None:
        self.deeds: list[tuple[str, dict[str, Any]]] = []
        self._error = error

    def ask(self, operation: str, **arguments: Any) -> Any:
        assert not is_alone(), "it goes on alone once it is guarded"
        self.deeds.append((operation, arguments))
        if self._error is not None:
            raise self._error


@pytest.fixture
def follower() -> Iterator[None]:
    mine, others = socket.socketpair()
    followers.use_follower(followers.Follower(mine))
    yield
    followers._Present.follower = None
    roots.use_root(roots.NoRoot())
    mine.close()
    others.close()


@pytest.mark.usefixtures("follower")
@pytest.mark.parametrize("error", [None, OSError(28, "full")], ids=str)
def test_root_is_asked_once_and_the_job_goes_on_whatever_it_answers(error: Exception | None) -> None:
    root = Asked(error)
    roots.use_root(root)
    for _again in range(2):
        go_on_guarded("/data/main")
    assert root.deeds == [("keep-guard", {"directory": "/data/main"})]
    assert is_alone()


@pytest.mark.usefixtures("follower")
def test_job_goes_on_without_root() -> None:
    go_on_guarded("/data/main")
    assert is_alone()


def test_nothing_happens_where_it_is_no_job() -> None:
    root = Asked()
    roots.use_root(root)
    go_on_guarded("/data/main")
    roots.use_root(roots.NoRoot())
    assert root.deeds == []


@pytest.mark.usefixtures("follower")
def test_signal_that_comes_meanwhile_ends_the_job() -> None:
    roots.use_root(Asked(Failed("interrupted by SIGTERM", code="interrupted")))
    with pytest.raises(Failed):
        go_on_guarded("/data/main")
    assert not is_alone()
