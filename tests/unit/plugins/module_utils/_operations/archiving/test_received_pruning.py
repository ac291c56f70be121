# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The boundary at which streamed WAL may be removed: behind it lies the only copy."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import storage_server
from age_key import age_key
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput, PitrError, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.remote.connection import Connections
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.remote.storage import RemoteStorage
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.archiving.received_pruning import (
    PruneOutcome,
    ReceivedPruning,
)
from control_file import write_control_file
from in_a_loop import traded
from registered_cluster import segment_content
from two_repositories import NAMES, TwoRepositories, spoiled


class Received:
    """A directory of received WAL, whose cluster has two repositories that are required."""

    def __init__(self, directory: Path) -> None:
        self.two = TwoRepositories(directory)
        self.path = directory / "received"
        self.path.mkdir()

    def receive(self, *numbers: int, body: bytes = b"x", suffix: str = "", **others: object) -> None:
        for number in numbers:
            content = segment_content(number, body=body, **others)  # type: ignore[arg-type]
            (self.path / f"{NAMES[number]}{suffix}").write_bytes(content)

    def store(self, *numbers: int, **options: object) -> None:
        """In both."""
        self.two.store(self.two.near, *numbers, **options)  # type: ignore[arg-type]
        self.two.store(self.two.far, *numbers, **options)  # type: ignore[arg-type]

    def prune(self, *, is_rehearsal: bool = False, data_directory: str | None = None) -> PruneOutcome:
        folders = (self.two.near, self.two.far)
        return ReceivedPruning(str(self.path), folders, data_directory=data_directory).run(is_rehearsal=is_rehearsal)

    @property
    def left(self) -> list[str]:
        return sorted(path.name for path in self.path.iterdir())


@pytest.fixture
def received(tmp_path: Path) -> Received:
    made = Received(tmp_path)
    made.receive(1, 2, 3, 4)
    made.receive(5, suffix=".partial")
    (made.path / "00000002.history").write_text("1\t0/5000000\tno recovery target specified\n")
    return made


OTHERS = ["00000002.history", f"{NAMES[5]}.partial"]


@pytest.mark.parametrize("compression", ["gzip", "none"])
def test_what_every_repository_has_is_removed_but_the_newest(received: Received, compression: str) -> None:
    received.store(1, 2, 3, 4, 5, compression=compression)
    done = received.prune()

    assert (done.removed, done.waiting, done.problems) == ([NAMES[1], NAMES[2], NAMES[3]], 0, [])
    assert done.size_bytes == 3 << 20
    assert received.left == sorted([NAMES[4], *OTHERS])
    assert received.prune().removed == []


def test_what_one_of_them_lacks_stays(received: Received) -> None:
    received.two.store(received.two.near, 1, 2, 3)
    received.two.store(received.two.far, 2)
    done = received.prune()

    assert (done.removed, done.waiting, done.problems) == ([NAMES[2]], 2, [])
    assert received.left == sorted([NAMES[1], NAMES[3], NAMES[4], *OTHERS])


def test_a_rehearsal_removes_nothing(received: Received) -> None:
    received.store(1, 2)
    before = received.left

    assert received.prune(is_rehearsal=True).removed == [NAMES[1], NAMES[2]]
    assert received.left == before


def test_another_content_stays_and_is_told(received: Received) -> None:
    received.store(1, 2)
    received.receive(1, body=b"y")
    done = received.prune()

    assert done.removed == [NAMES[2]]
    assert NAMES[1] in received.left
    assert f"{NAMES[1]} stays: " in done.problems[0] and "another content" in done.problems[0]


def test_what_is_damaged_in_one_of_them_stays(received: Received) -> None:
    received.store(1, 2)
    spoiled(received.two.file(received.two.far, 1))
    done = received.prune()

    assert done.removed == [NAMES[2]]
    assert NAMES[1] in received.left and len(done.problems) == 1


def test_what_is_cut_short_in_one_of_them_stays(received: Received) -> None:
    received.store(1, compression="none")
    stored = received.two.file(received.two.far, 1)
    stored.write_bytes(stored.read_bytes()[:4096])

    assert received.prune().removed == []
    assert NAMES[1] in received.left


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(segment_content(1, system="7000000000000000001", body=b"x"), id="another cluster's"),
        pytest.param(segment_content(2, body=b"x"), id="another segment's"),
        pytest.param(segment_content(1, body=b"x")[:8192], id="cut short"),
        pytest.param(bytes(1 << 20), id="empty"),
    ],
)
def test_what_is_not_what_its_name_says_stays(received: Received, content: bytes) -> None:
    received.store(1)
    (received.path / NAMES[1]).write_bytes(content)
    done = received.prune()

    assert done.removed == [] and len(done.problems) == 1
    assert (received.path / NAMES[1]).read_bytes() == content


def test_a_link_stays(received: Received) -> None:
    received.store(1)
    (received.path / NAMES[1]).rename(received.path.parent / "elsewhere")
    (received.path / NAMES[1]).symlink_to(received.path.parent / "elsewhere")

    assert received.prune().removed == []
    assert (received.path / NAMES[1]).exists()


def test_what_is_no_file_or_has_an_odd_name_stays(received: Received) -> None:
    received.store(1, 2, 3)
    (received.path / NAMES[1]).unlink()
    os.mkfifo(received.path / NAMES[1])
    (received.path / NAMES[2]).unlink()
    (received.path / NAMES[2]).mkdir()
    for odd in (f"{NAMES[3]}\n", f"{NAMES[3]}\n{NAMES[3]}", f" {NAMES[3]}"):
        (received.path / odd).write_bytes(segment_content(3))
    before = received.left
    done = received.prune()

    assert (done.removed, len(done.problems)) == ([NAMES[3]], 2)
    assert received.left == [name for name in before if name != NAMES[3]]


def test_another_name_of_a_segment_that_a_server_has_stays(received: Received) -> None:
    received.store(1)
    live = received.path.parent / "pg_wal"
    live.mkdir()
    os.link(received.path / NAMES[1], live / NAMES[1])
    assert received.prune().removed == [NAMES[1]] and (live / NAMES[1]).exists()


def test_directory_of_a_server_that_trades_places_with_it_is_not_worked_in(received: Received) -> None:
    """Whoever may rename the one could have the account remove the other one's WAL, which a crash needs."""
    received.store(1, 2, 3)
    live = received.path.parent / "live"
    live.mkdir()
    (live / "archive_status").mkdir()
    for number in (1, 2, 3, 4):
        os.link(received.path / NAMES[number], live / NAMES[number])
    before = sorted(path.name for path in live.iterdir())
    for _attempt in range(20):
        with traded(received.path, live):
            try:
                received.prune()
            except InvalidInput as error:
                assert error.code == "received-directory-invalid"
        assert sorted(path.name for path in live.iterdir()) == before
        received.receive(1, 2, 3)
        for number in (1, 2, 3):
            (live / NAMES[number]).unlink()
            os.link(received.path / NAMES[number], live / NAMES[number])


def test_nothing_is_removed_while_a_repository_is_away(received: Received) -> None:
    received.store(1, 2, 3)
    far = Path(received.two.far.path)
    far.parent.rename(far.parent.with_name("away"))

    with pytest.raises(PitrError):
        received.prune()
    assert len(received.left) == 6


def test_what_another_host_keeps_is_compared_over_the_connection(received: Received) -> None:
    received.store(1, 2, 3, compression="none")
    spoiled(received.two.file(received.two.far, 2))
    paths = os.pathsep.join(each for each in sys.path if each)
    command = ["env", f"PYTHONPATH={paths}", sys.executable, "-B", storage_server.__file__, received.two.far.path]
    received.two.far.storage = RemoteStorage(Connections(command, place="pgpitr@backup1:/srv", name="db1"), name="db1")
    done = received.prune()

    assert done.removed == [NAMES[1], NAMES[3]]
    assert NAMES[2] in received.left and "backup1" in done.problems[0]


def test_without_a_repository_nothing_counts_as_stored(received: Received) -> None:
    assert ReceivedPruning(str(received.path), (), data_directory=None).run().removed == []


def test_encrypted_ones_are_compared_by_the_secret_of_the_cluster(received: Received) -> None:
    write_control_file(received.two.data)
    recipient = age_key()[1]
    for folder in (received.two.near, received.two.far):
        folder.recipients = (recipient,)
    received.store(1, 2, 3)
    received.receive(2, body=b"y")
    spoiled(received.two.file(received.two.far, 3))

    with pytest.raises(Unavailable) as caught:
        received.prune()
    assert caught.value.code == "cluster-secret-missing"
    done = received.prune(data_directory=str(received.two.data))
    assert done.removed == [NAMES[1]] and len(done.problems) == 2


@pytest.mark.parametrize("sign", ["archive_status", "PG_VERSION"])
def test_what_a_server_works_in_is_refused(received: Received, sign: str) -> None:
    received.store(1, 2, 3)
    (received.path / sign).mkdir()

    with pytest.raises(InvalidInput) as caught:
        received.prune()
    assert caught.value.code == "received-directory-invalid"
    assert NAMES[1] in received.left


def test_a_directory_that_is_not_there_is_refused(received: Received) -> None:
    with pytest.raises(InvalidInput):
        ReceivedPruning(f"{received.path}/gone", (received.two.near,), data_directory=None).run()
