# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages between root and its worker."""

from __future__ import annotations

import errno
import socket
import threading
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, PitrError, Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.channel import (
    Channel,
    RootThroughDoor,
    error_of,
    error_to_dict,
)


def test_message_arrives_whole() -> None:
    one, other = socket.socketpair()
    message = {"result": {"name": "\udcff'\n", "numbers": [1, 2.5, None], "long": "x" * 3_000_000}}
    sender = threading.Thread(target=Channel(one).send, args=(message,))
    sender.start()
    assert Channel(other).receive() == message
    sender.join()
    one.close()
    assert Channel(other).receive() is None
    other.close()


@pytest.mark.parametrize(
    "content",
    [b"\xff" * 8, (2).to_bytes(8, "big") + b"[]", (3).to_bytes(8, "big") + b"{x}"],
    ids=["too-long", "no-object", "no-json"],
)
def test_what_is_no_message_is_refused(content: bytes) -> None:
    one, other = socket.socketpair()
    with one, other:
        one.sendall(content)
        with pytest.raises(ValueError, match=r"."):
            Channel(other).receive()


def test_errors_keep_what_they_say() -> None:
    error = error_of(error_to_dict(Damaged("it is", code="damaged", hint="Look.")))
    assert isinstance(error, Damaged)
    assert (error.message, error.code, error.hint) == ("it is", "damaged", "Look.")
    refused = error_of(error_to_dict(PermissionError(errno.EACCES, "no", "/x")))
    assert isinstance(refused, PermissionError)
    assert (refused.errno, refused.strerror, refused.filename) == (errno.EACCES, "no", "/x")


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"errno": "x", "strerror": 7, "filename": [1]},
        {"errno": 10**30, "strerror": None},
        {"errno": True, "strerror": "\x1b"},
        {"type": "Busy"},
        {"type": "AlreadyStored", "message": None, "code": {}, "hint": []},
        {"type": ["Failed"], "message": "m", "code": "c", "hint": "h"},
        {"type": "Failed", "message": "m", "code": "c", "hint": "h", "values": {"msg": "mine"}},
        {"type": "Failed", "message": "m", "code": "c", "hint": "h", "values": "abc"},
        {"type": "Failed", "message": "m", "code": "c", "hint": "h", "values": [["a", 1]]},
    ],
)
def test_error_that_makes_no_sense_is_one_all_the_same(told: dict[str, Any]) -> None:
    """From a worker that was taken over, or the forged record of a job."""
    error = error_of(told)
    assert isinstance(error, (PitrError, OSError)) and isinstance(str(error), str)
    assert getattr(error, "values", None) is None


def test_error_of_an_unknown_class_is_a_plain_one() -> None:
    """The worker may have been taken over, and names the class: nothing but our own errors are made."""
    for name in ("SystemExit", "__builtins__", "annotations"):
        error = error_of({"type": name, "message": "m", "code": "c", "hint": "h"})
        assert isinstance(error, PitrError) and error.__class__ is PitrError


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [({"answer": [1]}, [1]), ({"error": {"type": "Refused", "message": "m", "code": "c", "hint": ""}}, Refused)],
)
def test_question_to_root(answer: dict[str, Any], outcome: Any) -> None:
    one, other = socket.socketpair()
    with one, other:

        def root() -> None:
            channel = Channel(other)
            assert channel.receive() == {"ask": "rename", "arguments": {"source": "a", "destination": "b"}}
            channel.send(answer)

        served = threading.Thread(target=root)
        served.start()
        port = RootThroughDoor(Channel(one))
        if outcome is Refused:
            with pytest.raises(Refused):
                port.ask("rename", source="a", destination="b")
        else:
            assert port.ask("rename", source="a", destination="b") == outcome
        served.join()
