# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request that makes no sense is answered by an error in words, and the next one is served."""

from __future__ import annotations

import random
import socket
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.remote.server import StorageServer
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.remote.wire import (
    ANSWER,
    FAILURE,
    HELLO,
    MOST_KEYS,
    REQUEST,
    Channel,
    unpack,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage

OPERATIONS = (
    "delete", "delete_below", "discard", "holder", "is_held", "lease", "list", "note", "outer_list", "outer_stat",
    "outer_stat_many", "prepare", "prune", "put", "read", "read_all", "release", "room", "stat", "stat_many",
    "unfinished",
)  # fmt: skip
FIELDS = ("", "0", "1", "-1", "1e999", "nan", "²", "x", "..", "/etc/passwd", "wal/1", "a" * 300, "\n", "any", "9" * 40)


def conversation(directory: Path, *requests: tuple[str, ...]) -> list[tuple[bytes, bytes]]:
    """What a server of an empty directory says to these requests, none of which sends content."""
    near, far = socket.socketpair()
    with near, far:
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        far.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        client, server = (Channel(each.fileno(), each.fileno()) for each in (near, far))
        for request in requests:
            client.send_fields(REQUEST, *request)
        near.shutdown(socket.SHUT_WR)
        storage = DirectoryStorage(str(directory))
        StorageServer(server, storage=storage, name="db1", marker="cluster.json").run()
        far.shutdown(socket.SHUT_WR)
        return list(frames_of(near))


def frames_of(source: socket.socket) -> list[tuple[bytes, bytes]]:
    """All frames until the other side has ended."""
    said = b"".join(iter(lambda: source.recv(65536), b""))
    frames = []
    while said:
        size_bytes = int.from_bytes(said[1:5], "big")
        frames.append((said[:1], said[5 : 5 + size_bytes]))
        said = said[5 + size_bytes :]
    return frames


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        pytest.param(("",), "invalid-request", id="nothing"),
        pytest.param(("no such thing",), "invalid-request", id="unknown"),
        pytest.param(("put",), "invalid-request", id="put of nothing"),
        pytest.param(("put", "wal/1"), "invalid-request", id="put with too few fields"),
        pytest.param(("lease", "l"), "invalid-request", id="lease with too few fields"),
        pytest.param(("lease", "l", "", "soon", ""), "invalid-request", id="lease in words"),
        pytest.param(("lease", "l", "", "nan", ""), "invalid-request", id="lease for no number"),
        pytest.param(("lease", "l", "", "inf", ""), "invalid-request", id="lease for ever"),
        pytest.param(("read", "wal/1"), "invalid-request", id="read with too few fields"),
        pytest.param(("read", "wal/1", "²"), "invalid-request", id="read from no ASCII digit"),
        pytest.param(("read_all", "wal/1", "9" * 19), "invalid-request", id="number of more than 64 bits"),
        pytest.param(("stat",), "invalid-key", id="stat of nothing"),
    ],
)
def test_request_that_makes_no_sense_is_told(request_: tuple[str, ...], code: str, tmp_path: Path) -> None:
    told, then = conversation(tmp_path, request_, ("list", "", "/", ""))[:2]
    assert (told[0], unpack(told[1])[1]) == (FAILURE, code)
    assert then[0] == ANSWER


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        pytest.param(("wal/1", "../db2/cluster.json"), "invalid-key", id="another cluster's"),
        pytest.param(("wal/1", "/etc/passwd", "wal/2"), "invalid-key", id="a file of the host's"),
        pytest.param(("wal/1", ""), "invalid-key", id="nothing"),
        pytest.param(("wal/1",) * (MOST_KEYS + 1), "invalid-request", id="more than may be asked for"),
        pytest.param(("",) * 40_000, "invalid-request", id="very many"),
    ],
)
def test_each_of_many_keys_is_checked_before_any_is_looked_up(keys: tuple[str, ...], code: str, tmp_path: Path) -> None:
    told, then = conversation(tmp_path, ("stat_many", *keys), ("room",))
    assert (told[0], unpack(told[1])[1], then[0]) == (FAILURE, code, ANSWER)


def test_of_another_cluster_nothing_is_told_among_many(tmp_path: Path) -> None:
    (tmp_path / "cluster.json").write_text("{}")
    asked = ("db2/cluster.json", "db1/cluster.json", "db1/other")
    ((kind, said),) = conversation(tmp_path, ("outer_stat_many", *asked))
    fields = unpack(said)
    assert (kind, fields[:4], fields[6:]) == (ANSWER, ["", "", "", "2"], ["", "", ""])
    (refused,) = conversation(tmp_path, ("outer_stat_many", "db1/cluster.json", "db1/../db2/cluster.json"))
    assert unpack(refused[1])[1] == "invalid-key"


def test_as_much_as_may_be_asked_for_is_answered(tmp_path: Path) -> None:
    longest = "x" * 200 + "/" + "y" * 823
    ((kind, said),) = conversation(tmp_path, ("stat_many", *[longest] * MOST_KEYS))
    assert (kind, unpack(said)) == (ANSWER, [""] * (3 * MOST_KEYS))


def test_no_request_ends_the_server(tmp_path: Path) -> None:
    chance = random.Random(1)
    requests = [
        (chance.choice(OPERATIONS), *(chance.choice(FIELDS) for _number in range(chance.randrange(6))))
        for _number in range(2000)
    ]
    waiting = [request for request in requests if not (request[0] == "lease" and request[3:4] == ("1",))]
    for start in range(0, len(waiting), 50):
        said = conversation(tmp_path, *waiting[start : start + 50], ("room",), ("room",))
        # A put that was begun takes the next request for its content.
        assert (said[-1][0], said[-1][1].isdigit()) == (ANSWER, True), said[-1]


def test_another_protocols_words_end_it(tmp_path: Path) -> None:
    near, far = socket.socketpair()
    with near, far:
        near.sendall(b"GET / HTTP/1.1\r\n\r\n")
        near.shutdown(socket.SHUT_WR)
        channel = Channel(far.fileno(), far.fileno())
        StorageServer(channel, storage=DirectoryStorage(str(tmp_path)), name="db1", marker="cluster.json").run()
        far.shutdown(socket.SHUT_WR)
        assert HELLO not in [kind for kind, _content in frames_of(near)]


@pytest.mark.parametrize("text", ["a line\nand another", "\udcff", "x" * 99999], ids=["lines", "no text", "long"])
def test_note_is_one_line_of_text(text: str, tmp_path: Path) -> None:
    told, then = conversation(tmp_path, ("note", text), ("room",))
    assert (told[0], unpack(told[1])[1], then[0]) == (FAILURE, "invalid-request", ANSWER)


@pytest.mark.parametrize("said", [b"Q\xff\xff\xff\xff", b"\0\0\0\0\0", b"Q", b"Z\0\0\0\0", b"D\0\0\0\1x"], ids=repr)
def test_what_is_no_request_ends_the_session(said: bytes, tmp_path: Path) -> None:
    near, far = socket.socketpair()
    with near, far:
        near.sendall(said)
        channel = Channel(far.fileno(), far.fileno())
        near.shutdown(socket.SHUT_WR)
        StorageServer(channel, storage=DirectoryStorage(str(tmp_path)), name="db1", marker="cluster.json").run()
        far.shutdown(socket.SHUT_WR)
        assert list(frames_of(near)) == []
