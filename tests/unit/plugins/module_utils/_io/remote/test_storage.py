# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A storage on another host keeps what every storage has to keep; the session is a pipe to a server process here."""

from __future__ import annotations

import inspect
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import storage_server
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed, PitrError, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.remote.connection import Connections
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.remote.reading import RemoteReading
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.remote.server import StorageServer
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.remote.storage import RemoteStorage
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.remote.wire import ANSWER, REQUEST, Channel
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.port import Reading, Storage
from storage_contract import ListContract, PutContract
from storage_contract_processes import FailureContract, LeaseContract, WritersContract
from storage_directory_place import DirectoryPlace, directory_place
from storage_place import KEY, PIECES, WHOLE


class RemotePlace(DirectoryPlace):
    """A directory that a process serves."""

    # Starting a session takes hundreds of calls.
    stride = 101

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._owner = os.getpid()

    def storage(self) -> RemoteStorage:  # type: ignore[override]
        if os.getpid() == self._owner:
            wait_for_orphans(str(self.path))
        return RemoteStorage(Connections(self.command(), place="pgpitr@backup1:/srv"), name="db1")

    def command(self) -> list[str]:
        """What serves the directory."""
        paths = os.pathsep.join(each for each in sys.path if each)
        return ["env", f"PYTHONPATH={paths}", sys.executable, "-B", storage_server.__file__, str(self.path)]


def wait_for_orphans(path: str) -> None:
    """Return when every server whose client was killed has noticed it."""
    while any(_is_orphan(pid, path) for pid in os.listdir("/proc") if pid.isdigit()):
        time.sleep(0.01)


def _is_orphan(pid: str, path: str) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
        parent = _parent(pid)
        return path in words and storage_server.__file__ in words and os.getpid() not in (parent, _parent(str(parent)))
    except (OSError, IndexError):
        return False


def _parent(pid: str) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])


@pytest.fixture
def place(tmp_path: Path) -> Iterator[RemotePlace]:
    """An empty directory, for root on a file system that can be unmounted."""
    with directory_place(tmp_path, RemotePlace) as made:
        yield made


class TestRemote(PutContract, ListContract, LeaseContract, WritersContract, FailureContract):
    """A storage on another host."""


def test_a_remote_storage_has_all_that_the_port_asks_for() -> None:
    for port, kind in ((Storage, RemoteStorage), (Reading, RemoteReading)):
        for name in (name for name in vars(port) if not name.startswith("_") or name == "__iter__"):
            if callable(getattr(port, name)):
                assert inspect.signature(getattr(kind, name)) == inspect.signature(getattr(port, name)), name


class Measured(DirectoryStorage):
    """A directory that says how much room it has."""

    def __init__(self, path: str, *, free: int | None) -> None:
        super().__init__(path)
        self._free = free

    def room(self) -> int | None:
        return self._free


@pytest.mark.parametrize("free", [None, 0, 1, 1 << 50])
def test_a_full_storage_is_not_one_whose_room_is_not_known(free: int | None, tmp_path: Path) -> None:
    near, far = socket.socketpair()
    with near, far:
        storage = Measured(str(tmp_path), free=free)
        server = StorageServer(Channel(far.fileno(), far.fileno()), storage=storage, name="db1", marker="cluster.json")
        client = Channel(near.fileno(), near.fileno())
        client.send_fields(REQUEST, "room")
        near.shutdown(socket.SHUT_WR)
        server.run()
        assert client.receive() == (ANSWER, b"" if free is None else str(free).encode())


def test_a_session_is_used_again(place: RemotePlace) -> None:
    storage = place.storage()
    storage.put(KEY, PIECES)
    assert [storage.stat(KEY) is not None for _round in range(3)] == [True] * 3
    with storage.read(KEY) as reading:
        assert b"".join(reading) == WHOLE
    assert storage.list("wal/00000001") == ["00000000"]
    assert len(servers_of(place)) == 1


def test_what_is_not_read_to_its_end_does_not_disturb_what_comes_after(place: RemotePlace) -> None:
    storage = place.storage()
    storage.put(KEY, [b"x" * 5_000_000])
    with storage.read(KEY) as reading:
        assert os.read(reading.descriptor, 10) == b"x" * 10
    assert storage.list("wal/00000001") == ["00000000"]


def test_a_connection_that_breaks_is_not_taken_for_the_end_of_the_content(place: RemotePlace) -> None:
    storage = place.storage()
    storage.put(KEY, [b"x" * 5_000_000])
    with pytest.raises(Unavailable) as caught, storage.read(KEY) as reading:
        os.read(reading.descriptor, 10)
        for server in servers_of(place):
            os.kill(server, 9)
        while os.read(reading.descriptor, 65536):
            pass
        raise PitrError("what was read is damaged", code="segment-damaged")
    assert caught.value.code == "repository-unreachable"
    assert storage.list("wal/00000001") == ["00000000"]


def test_a_put_whose_connection_breaks_leaves_nothing(place: RemotePlace) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"x" * 100_000
        for server in servers_of(place):
            os.kill(server, 15)
        for _number in range(100):
            yield b"x" * 100_000

    storage = place.storage()
    with pytest.raises(Unavailable) as caught:
        storage.put(KEY, pieces())
    assert caught.value.code == "repository-unreachable"
    storage.discard(storage.unfinished(delimiter=""))
    assert place.everything() == []


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("echo 'ssh: connect to host backup1 port 22: Connection refused' >&2; exit 255", "repository-unreachable"),
        ("echo 'pgpitr@backup1: Permission denied (publickey).' >&2; exit 255", "repository-key-refused"),
        ("echo 'Host key verification failed.' >&2; exit 255", "repository-host-unknown"),
        ("echo 'sh: 1: /usr/local/bin/pgpitr: not found' >&2; exit 127", "repository-program-missing"),
        ("echo 'Welcome to Debian! You have mail.'", "repository-unreachable"),
    ],
)
def test_what_cannot_be_reached_is_told_in_the_words_of_ssh(script: str, code: str) -> None:
    program = ["sh", "-c", script]
    storage = RemoteStorage(Connections(program, place="pgpitr@backup1:/srv"), name="db1")
    with pytest.raises(PitrError) as caught:
        storage.stat(KEY)
    assert (caught.value.code, "pgpitr@backup1:/srv" in caught.value.message) == (code, True)


def test_a_key_for_another_cluster_is_told(place: RemotePlace) -> None:
    storage = RemoteStorage(Connections(place.command(), place="there", name="db2"), name="db2")
    with pytest.raises(PitrError) as caught:
        storage.list("backups")
    assert (caught.value.code, "'db1'" in caught.value.message, "'db2'" in caught.value.message) == (
        "not-permitted",
        True,
        True,
    )
    assert RemoteStorage(Connections(place.command(), place="there", name="db1"), name="db1").list("backups") == []


def test_another_version_of_the_protocol_is_refused() -> None:
    program = ["sh", "-c", r"printf 'H\000\000\000\0029\060'; exec cat > /dev/null"]
    with pytest.raises(Failed) as caught:
        RemoteStorage(Connections(program, place="there"), name="db1").stat(KEY)
    assert caught.value.code == "repository-version"


# What a server says in place of a greeting's answer, as sh writes it: a frame has its kind, its length and its content.
GREETING = r"H\000\000\000\0011"


@pytest.mark.parametrize(
    ("said", "ask"),
    [
        pytest.param(r"A\000\000\000\0011", lambda storage: storage.stat(KEY), id="too few fields of a stat"),
        pytest.param(r"A\000\000\000\005x\0001\0001", lambda storage: storage.stat(KEY), id="a size that is none"),
        pytest.param(r"A\000\000\000\0011", lambda storage: [*storage.stat_many([KEY])], id="too few of many"),
        pytest.param(
            r"A\000\000\000\010\000\000\000x\0001\0001",
            lambda storage: [*storage.stat_many([KEY, KEY])],
            id="one that is none",
        ),
        pytest.param(r"A\000\000\000\000", lambda storage: storage.holder(KEY), id="too few fields of a holder"),
        pytest.param(r"A\000\000\000\001x", lambda storage: storage.room(), id="room that is no number"),
        pytest.param(r"Z\000\000\000\000", lambda storage: storage.stat(KEY), id="an end in place of an answer"),
        pytest.param(r"A\000\000\000\000", lambda storage: storage.read(KEY), id="an answer in place of content"),
        pytest.param(r"Y\000\000\000\000", lambda storage: storage.put(KEY, PIECES), id="a word of the client's own"),
    ],
)
def test_answer_that_makes_no_sense_is_told(said: str, ask: Callable[[RemoteStorage], object]) -> None:
    program = ["sh", "-c", f"printf '{GREETING}{said}'; exec cat > /dev/null"]
    with pytest.raises(Failed) as caught:
        ask(RemoteStorage(Connections(program, place="there"), name="db1"))
    assert caught.value.code == "repository-version"


@pytest.mark.parametrize(
    "key", ["../other/cluster.json", "/etc/passwd", "wal/../../x", "a//b", "", ".", "a/\n", "x" * 2000]
)
def test_what_is_no_key_is_refused_there(key: str, place: RemotePlace) -> None:
    storage = place.storage()
    questions = (lambda key: [*storage.stat_many([KEY, key])], lambda key: storage.put(key, [b"x"]))
    for question in (storage.stat, storage.read, storage.read_all, *questions):
        with pytest.raises(PitrError) as caught:
            question(key)
        assert caught.value.code == "invalid-key"
    assert place.everything() == []


def servers_of(place: RemotePlace) -> list[int]:
    """The processes that serve the place."""
    found = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "-f", f"{storage_server.__file__} {place.path}"],
        capture_output=True,
        text=True,
        check=False,
    )
    return [int(pid) for pid in found.stdout.split()]
