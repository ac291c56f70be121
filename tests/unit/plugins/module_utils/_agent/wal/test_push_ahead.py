# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One process that stores ahead of PostgreSQL's calls: what it takes, in which order, and when it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent.wal.push_ahead import AheadOfCalls, NotInOrderError
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.wal_push import Push
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.archived_marks import ArchivedMarks


class Server:
    """Segments that wait in pg_wal, and the marks beside them."""

    def __init__(self, folder: ClusterFolder, make_segment: Callable[..., Path], *, wal: Path) -> None:
        self.folder = folder
        self.wal = wal
        self.make_segment = make_segment
        self.marks = ArchivedMarks(str(wal), origin="here")
        (wal / "archive_status").mkdir()

    def finish(self, *numbers: int, timeline: int = 1) -> list[str]:
        names = [self.make_segment(number, timeline=timeline).name for number in numbers]
        for name in names:
            (self.wal / "archive_status" / f"{name}.ready").touch()
        return names

    def new_push(self) -> Push:
        return Push(self.folder.storage, document=self.folder.identity().document(), compression="gzip")

    def work(self, *, behind: str, is_current: Callable[[], bool] = lambda: True) -> None:
        ahead = AheadOfCalls(self.marks, directory=str(self.wal), name=behind, is_current=is_current)
        ahead.run(self.new_push)

    def stored(self) -> list[str]:
        return sorted(path.name[:24] for path in Path(self.folder.storage.address("wal")).rglob("0*.gz"))


@pytest.fixture
def server(folder: ClusterFolder, make_segment: Callable[..., Path], data_directory: Path) -> Server:
    return Server(folder, make_segment, wal=data_directory / "pg_wal")


def test_all_that_waits_behind_is_stored_and_marked(server: Server) -> None:
    first, *others = server.finish(3, 4, 5, 6)
    server.work(behind=first)
    assert server.stored() == others
    for name in others:
        found = server.marks.find(name)
        assert found is not None
        stat = server.folder.storage.stat(found[0])
        assert stat is not None and stat[2] == found[1]


def test_nothing_more_is_stored_by_a_configuration_that_was_replaced(server: Server) -> None:
    first, second, _third = server.finish(3, 4, 5)
    answers = iter([True, False])
    server.work(behind=first, is_current=lambda: next(answers))
    assert server.stored() == [second]


def test_other_timelines_and_what_was_done_are_left_alone(server: Server) -> None:
    first, second = server.finish(3, 4)
    server.finish(5, timeline=2)
    server.make_segment(6)
    server.work(behind=first)
    assert server.stored() == [second]


def test_what_another_process_stores_is_passed_over_and_waited_for(server: Server) -> None:
    first, second, third = server.finish(3, 4, 5)
    claim = server.marks.claim(second, waits=False)
    assert claim is not None
    thread = threading.Thread(target=lambda: server.work(behind=first))
    thread.start()
    thread.join(timeout=1)
    assert thread.is_alive()
    assert server.stored() == []
    claim.write("stored")
    claim.release()
    thread.join(timeout=10)
    assert server.stored() == [third]


def test_nothing_is_stored_behind_one_that_failed(server: Server) -> None:
    first, second, _third = server.finish(3, 4, 5)
    claim = server.marks.claim(second, waits=False)
    assert claim is not None
    thread = threading.Timer(0.3, claim.release)
    thread.start()
    with pytest.raises(NotInOrderError):
        server.work(behind=first)
    assert server.stored() == []
    assert list(Path(server.folder.storage.address("wal")).rglob("*.tmp")) == []


def test_first_failure_is_the_end(server: Server) -> None:
    first, second, third, _fourth = server.finish(3, 4, 5, 6)
    (server.wal / third).write_bytes(b"no segment")
    with pytest.raises(Damaged):
        server.work(behind=first)
    assert server.stored() == [second]
    assert server.marks.find(third) is None
    # Whoever waited for it knows that it was not stored.
    assert not server.marks.wait_for(third)


def test_mark_of_a_file_that_is_another_now_is_replaced(server: Server) -> None:
    first, second = server.finish(3, 4)
    claim = server.marks.claim(second, waits=False)
    assert claim is not None
    server.marks.settle(claim, second, identity=server.marks.identity(second), key="a key", version="7")
    claim.release()
    server.make_segment(4)
    server.work(behind=first)
    found = server.marks.find(second)
    assert found is not None and found[0] != "a key"
    assert server.stored() == [second]


def test_no_further_ahead_than_the_bound(server: Server) -> None:
    names = server.finish(*range(3, 73))
    server.work(behind=names[0])
    assert server.stored() == names[1:64]
