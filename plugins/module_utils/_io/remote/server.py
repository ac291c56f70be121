# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other side of a storage on another host: answers one client, for the storage of one cluster."""

from __future__ import annotations

from ..._core.errors import InvalidInput, PitrError, Refused
from ..._core.repository.stored_key import check_key
from ..host.files import SMALL_FILE_BYTES
from .wire import (
    ABORT,
    ANSWER,
    COMPARE,
    DATA,
    END,
    FAILURE,
    HELLO,
    MOST_KEYS,
    REQUEST,
    SEND,
    VERSION,
    YES,
    Channel,
    Disconnected,
    field,
    flag,
    is_number,
    pack,
    pack_error,
    unpack,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..storage.port import Lease, Storage

_NAMES = 4096
_PUT_FIELDS = 4
# Longer than anybody waits for a lease.
_LEASE_SECONDS_MAX = 86400.0
_NOTED_CHARACTERS_MAX = 2000

# Nobody reads it: the client has an error of its own.
_GIVEN_UP = InvalidInput("the client gave this up", code="given-up", hint="The client tells why.")


class _GivenUp(Exception):
    """The client has given its put up."""


class StorageServer:
    """Answers requests for ``storage``; of what is beyond it, the client learns no more than ``name`` is there."""

    def __init__(self, channel: Channel, *, storage: Storage, name: str, marker: str) -> None:
        self._channel = channel
        self._storage = storage
        self._name = name
        self._marker = marker
        self._lease: Lease | None = None
        # Whether the client still sends content of a put.
        self._is_sending = False
        self._operations: dict[str, Callable[[Sequence[str]], Sequence[str]]] = {
            "delete": self._delete,
            "delete_below": lambda fields: (flag(storage.delete_below(_key(fields, 0))),),
            "discard": self._discard,
            "holder": self._holder,
            "is_held": lambda fields: (flag(storage.is_held(_key(fields, 0))),),
            "lease": self._take_lease,
            "list": self._list,
            "note": self._note,
            "outer_list": self._outer_list,
            "outer_stat": self._outer_stat,
            "outer_stat_many": lambda fields: [each for key in _limited(fields) for each in self._outer_stat((key,))],
            "prepare": self._prepare,
            "prune": self._prune,
            "put": self._put,
            "read": self._read,
            "read_all": self._read_all,
            "release": self._release,
            "room": self._room,
            "stat": self._stat,
            "stat_many": self._stat_many,
            "unfinished": lambda fields: self._names(storage.unfinished(_prefix(fields), delimiter=field(fields, 1))),
        }

    def run(self) -> None:
        """Answer until the client has gone, which releases what it holds."""
        try:
            while True:
                kind, content = self._channel.receive()
                if kind == HELLO:
                    self._greet(unpack(content))
                elif kind == REQUEST:
                    self._answer(unpack(content))
                else:
                    return
        except Disconnected:
            return
        finally:
            self._end_lease()

    def _greet(self, said: Sequence[str]) -> None:
        if field(said, 1) in ("", self._name):
            self._channel.send_fields(HELLO, VERSION)
            return
        other = Refused(
            f"the repository's host lets this key in for the cluster '{self._name}', not for '{field(said, 1)[:80]}'",
            code="not-permitted",
            hint="Each cluster has a key of its own: see 'pitr_repository_ssh_identity_file' and 'pitr_cluster_name'.",
        )
        self._channel.send(FAILURE, pack_error(other))

    def _answer(self, request: Sequence[str]) -> None:
        name, *fields = request
        try:
            operation = self._operations.get(name)
            if operation is None:
                raise _invalid(f"'{name[:80]}' is not an operation of a storage")
            answer = operation(fields)
        except (PitrError, OSError, _GivenUp) as error:
            told = _GIVEN_UP if isinstance(error, _GivenUp) else error
            self._channel.send(FAILURE, pack_error(told))
            self._drain()
            return
        self._drain()
        self._channel.send_fields(ANSWER, *answer)

    def _drain(self) -> None:
        """Take what a client still sends that has not heard yet."""
        while self._is_sending:
            self._is_sending = self._channel.receive()[0] == DATA

    def _put(self, fields: Sequence[str]) -> Sequence[str]:
        if len(fields) < _PUT_FIELDS:
            raise _invalid(f"a put has {_PUT_FIELDS} fields or more, not {len(fields)}")
        key, replaces, durable, compares, *unless = fields
        version = self._storage.put(
            check_key(key),
            self._pieces(),
            replaces=replaces,
            unless=[check_key(other) for other in unless],
            is_same=self._is_same if compares else None,
            is_durable=bool(durable),
        )
        return (version or "",)

    def _pieces(self) -> Iterator[bytes]:
        self._channel.send(SEND)
        self._is_sending = True
        while True:
            kind, content = self._channel.receive()
            if kind == DATA:
                yield content
                continue
            self._is_sending = False
            if kind == END:
                return
            raise _GivenUp

    def _is_same(self, key: str) -> bool:
        self._channel.send_fields(COMPARE, key)
        kind, _content = self._channel.receive()
        if kind == ABORT:
            raise _GivenUp
        return kind == YES

    def _read(self, fields: Sequence[str]) -> Sequence[str]:
        with self._storage.read(_key(fields, 0), offset=_number(fields, 1)) as reading:
            self._channel.send(SEND)
            self._channel.send_content(reading)
        return ()

    def _read_all(self, fields: Sequence[str]) -> Sequence[str]:
        limit_bytes = min(_number(fields, 1), SMALL_FILE_BYTES)
        content = self._storage.read_all(_key(fields, 0), limit_bytes=limit_bytes)
        self._channel.send_content([content or b""])
        return (flag(content is not None),)

    def _stat(self, fields: Sequence[str]) -> Sequence[str]:
        return _stated(self._storage.stat(_key(fields, 0)))

    def _stat_many(self, fields: Sequence[str]) -> Sequence[str]:
        found = self._storage.stat_many([check_key(key) for key in _limited(fields)])
        return [text for each in found for text in _stated(each)]

    def _outer_stat(self, fields: Sequence[str]) -> Sequence[str]:
        name, _slash, key = field(fields, 0).partition("/")
        if name != self._name:
            return ("", "", "")
        return _stated(self._storage.stat(check_key(key)))

    def _outer_list(self, _fields: Sequence[str]) -> Sequence[str]:
        is_there = self._storage.stat(self._marker) is not None
        return self._names([self._name] if is_there else [])

    def _list(self, fields: Sequence[str]) -> Sequence[str]:
        found = self._storage.list(_prefix(fields), delimiter=field(fields, 1), hidden=bool(field(fields, 2)))
        return self._names(found)

    def _names(self, names: Sequence[str]) -> Sequence[str]:
        for start in range(0, len(names), _NAMES):
            behind = "\0" if start + _NAMES < len(names) else ""
            self._channel.send_content([pack(names[start : start + _NAMES]) + behind.encode()])
        return ()

    def _delete(self, fields: Sequence[str]) -> Sequence[str]:
        self._storage.delete([check_key(key) for key in fields if key])
        return ()

    def _discard(self, fields: Sequence[str]) -> Sequence[str]:
        self._storage.discard([check_key(key) for key in fields if key])
        return ()

    def _prepare(self, fields: Sequence[str]) -> Sequence[str]:
        self._storage.prepare([check_key(folder) for folder in fields if folder])
        return ()

    def _prune(self, fields: Sequence[str]) -> Sequence[str]:
        self._storage.prune(_key(fields, 0))
        return ()

    def _room(self, _fields: Sequence[str]) -> Sequence[str]:
        room = self._storage.room()
        return ("" if room is None else str(room),)

    def _holder(self, fields: Sequence[str]) -> Sequence[str]:
        noted = self._storage.holder(_key(fields, 0))
        return (flag(noted is not None), (noted or "").replace("\0", " "))

    def _take_lease(self, fields: Sequence[str]) -> Sequence[str]:
        name, shared, seconds, stored = (field(fields, index) for index in range(4))
        self._end_lease()
        self._lease = self._storage.lease(
            check_key(name), shared=bool(shared), wait_seconds=_seconds(seconds), is_stored=bool(stored)
        )
        return ()

    def _note(self, fields: Sequence[str]) -> Sequence[str]:
        text = field(fields, 0)
        if len(text) > _NOTED_CHARACTERS_MAX or not text.isprintable():
            raise _invalid("what it notes is not one line of text")
        if self._lease is not None:
            self._lease.note(text)
        return ()

    def _release(self, _fields: Sequence[str]) -> Sequence[str]:
        self._end_lease()
        return ()

    def _end_lease(self) -> None:
        if self._lease is not None:
            self._lease.release()
            self._lease = None


def _key(fields: Sequence[str], index: int) -> str:
    return check_key(field(fields, index))


def _prefix(fields: Sequence[str]) -> str:
    return check_key(field(fields, 0), or_empty=True)


def _limited(fields: Sequence[str]) -> Sequence[str]:
    if len(fields) > MOST_KEYS:
        raise _invalid(f"it asks for {len(fields)} things at once, and may for {MOST_KEYS}")
    return fields


def _number(fields: Sequence[str], index: int) -> int:
    text = field(fields, index)
    if not is_number(text):
        raise _invalid(f"'{text[:80]}' is not a number")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _LEASE_SECONDS_MAX:
        raise _invalid(f"'{text[:80]}' is not a time to wait")
    return seconds


def _stated(found: tuple[int, float, str] | None) -> Sequence[str]:
    return ("", "", "") if found is None else (str(found[0]), repr(found[1]), found[2])


def _invalid(what: str) -> InvalidInput:
    return InvalidInput(what, code="invalid-request", hint="Both hosts need the same release of the program.")


__all__ = ("StorageServer",)
