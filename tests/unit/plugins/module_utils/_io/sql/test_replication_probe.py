# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking for a replication connection, of a socket that answers as PostgreSQL's protocol says."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.startup_message import (
    ServerRefusal,
    replication_startup,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.sql.replication_probe import probe_replication

PORT = 5433


def message(kind: bytes, body: bytes) -> bytes:
    """One of the server's messages."""
    return kind + struct.pack("!I", len(body) + 4) + body


REFUSAL = message(b"E", b"SFATAL\0C28000\0Mno pg_hba.conf entry\0\0")
WELCOME = message(b"R", struct.pack("!I", 0)) + message(b"Z", b"I")
ASKS_FOR_PASSWORD = message(b"R", struct.pack("!I", 5) + b"salt")


@contextmanager
def server(directory: Path, *pieces: bytes) -> Iterator[list[bytes]]:
    """A server that answers one connection in these pieces; what it was asked is yielded."""
    asked: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(directory / f".s.PGSQL.{PORT}"))
        listener.listen()

        def answer() -> None:
            connection, _address = listener.accept()
            with connection:
                asked.append(connection.recv(8192))
                for piece in pieces:
                    connection.sendall(piece)
                if pieces:
                    # Let go of it when the other side does.
                    connection.recv(8192)

        thread = threading.Thread(target=answer)
        thread.start()
        yield asked
        thread.join(30)


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        pytest.param((REFUSAL,), ServerRefusal("28000", "no pg_hba.conf entry"), id="refused"),
        pytest.param((REFUSAL[:7], REFUSAL[7:]), ServerRefusal("28000", "no pg_hba.conf entry"), id="in two pieces"),
        pytest.param((WELCOME,), None, id="let in"),
        pytest.param((ASKS_FOR_PASSWORD,), None, id="asked for a password"),
    ],
)
def test_refusal_is_what_the_server_says(
    pieces: tuple[bytes, ...], expected: ServerRefusal | None, tmp_path: Path
) -> None:
    with server(tmp_path, *pieces) as asked:
        assert probe_replication(socket_directory=str(tmp_path), port=PORT, user="backup") == expected
    assert asked == [replication_startup("backup")]


def test_server_that_cannot_be_asked_refuses_nothing(tmp_path: Path) -> None:
    assert probe_replication(socket_directory=str(tmp_path), port=PORT, user="backup") is None
    assert probe_replication(socket_directory="", port=PORT, user="backup") is None


def test_connection_that_is_closed_unanswered_refuses_nothing(tmp_path: Path) -> None:
    with server(tmp_path) as asked:
        assert probe_replication(socket_directory=str(tmp_path), port=PORT, user="backup") is None
    assert asked == [replication_startup("backup")]
