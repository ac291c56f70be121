# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host of the repository that was taken over: what it sends is data, of limited size, or an error in words."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.remote.connection import Connections
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.remote.storage import RemoteStorage
from storage_place import KEY

# Greets as it should; what comes then is the attack. It stays until the client has gone.
SAYS = """
import os, sys
def say(kind, content=b"", size=None):
    os.write(1, kind + (len(content) if size is None else size).to_bytes(4, "big") + content)
say(b"H", b"1")
try:
    {attack}
    sys.stdin.buffer.read()
except BrokenPipeError:
    pass
"""
TENTH = "[say(b'D', b'x' * 262144) for _ in range(400)]"


def attacked_by(attack: str) -> RemoteStorage:
    """The storage on a host that says this, whatever it is asked."""
    command = [sys.executable, "-ISB", "-c", SAYS.format(attack=attack)]
    return RemoteStorage(Connections(command, place="pgpitr@backup1:/srv"), name="db1")


def put(storage: RemoteStorage) -> Any:
    """Store something that may be there."""
    return storage.put(KEY, [b"x"], unless=["wal/other"], is_same=lambda _key: True)


def read(storage: RemoteStorage) -> bytes:
    """The content of a file."""
    with storage.read(KEY) as reading:
        return b"".join(reading)


@pytest.mark.parametrize(
    ("attack", "ask"),
    [
        pytest.param("say(b'A', size=1 << 31)", lambda storage: storage.stat(KEY), id="a frame of two gigabytes"),
        pytest.param(f"{TENTH}; say(b'A', b'1')", lambda storage: storage.read_all(KEY), id="a file without end"),
        pytest.param(f"{TENTH}; say(b'A')", lambda storage: storage.list("wal"), id="a listing without end"),
        pytest.param("say(b'D', b'x'); say(b'A', b'1')", lambda storage: storage.stat(KEY), id="content of nothing"),
        pytest.param("say(b'D'); say(b'A', b'1')", lambda storage: storage.read_all(KEY), id="a piece of nothing"),
        pytest.param("say(b'S', b'wal/x')", lambda storage: storage.stat(KEY), id="a question in place of an answer"),
        pytest.param("say(b'A', b'x')", lambda storage: storage.stat(KEY), id="a size that is none"),
        pytest.param("say(b'A', b'x')", lambda storage: storage.room(), id="a room that is none"),
        pytest.param("say(b'S', b'../x')", put, id="a comparison with another key"),
        pytest.param("say(b'G'); say(b'G')", put, id="a put that is asked for twice"),
        pytest.param("say(b'A', b'a\\nb')", put, id="a version of two lines"),
        pytest.param("say(b'A')", read, id="an answer in place of a file"),
        pytest.param("say(b'G'); say(b'D', b'x'); say(b'S', b'x')", read, id="a question within a file"),
        pytest.param("say(b'X')", lambda storage: storage.lease(".lock"), id="a lease that is none"),
    ],
)
def test_what_no_repositorys_host_says_is_an_error_in_words(attack: str, ask: Callable[[RemoteStorage], Any]) -> None:
    with pytest.raises((Failed, Unavailable)) as caught:
        ask(attacked_by(attack))
    assert caught.value.code in ("repository-version", "repository-unreachable")


def test_names_of_a_taken_over_host_lead_nowhere() -> None:
    storage = attacked_by(r"say(b'D', b'../../etc\0/etc\0a\nb\0good'); say(b'A')")
    assert storage.list("backups") == ["good"]


def test_host_that_falls_silent_does_not_hold_whoever_gives_up_a_put() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"x"
        raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        attacked_by("say(b'G')").put(KEY, pieces())
    assert time.monotonic() - began < 120


def test_host_that_falls_silent_in_a_file_does_not_hold_whoever_has_enough() -> None:
    storage = attacked_by("say(b'G'); say(b'D', b'x' * 100)")
    began = time.monotonic()
    with storage.read(KEY) as reading:
        assert next(iter(reading)) == b"x" * 100
    # The host says nothing more for as long as it is connected.
    assert time.monotonic() - began < 120
