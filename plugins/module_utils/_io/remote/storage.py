# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage that is on another host, where ``pgpitr serve`` answers."""

from __future__ import annotations

from contextlib import contextmanager

from ..._core.errors import Missing, PitrError
from ..host.files import SMALL_FILE_BYTES, read_limited
from ..storage.place import ABSENT
from .answers import MOST_LISTED_BYTES, is_version, names_of, room_of, stat_of, stats_of
from .connection import Connection, Connections, unknown_answer
from .reading import RemoteReading
from .wire import ABORT, ANSWER, COMPARE, DATA, MOST_KEYS, NO, SEND, YES, Disconnected, flag, unpack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ..storage.port import Lease, Reading, Storage
else:
    Storage = object

# What may still come of the other side once a put is given up: a question, and the end.
_MOST_UNDER_WAY = 4
_ENDING_SECONDS = 3.0


class RemoteStorage(Storage):
    """What one cluster has in a repository on another host; ``is_outer``: the little that is told beyond."""

    def __init__(self, connections: Connections, *, name: str, is_outer: bool = False) -> None:
        self._connections = connections
        self._name = name
        self._scope = "outer_" if is_outer else ""

    def address(self, key: str = "") -> str:
        """User, host and path."""
        folder = self._connections.place if self._scope else f"{self._connections.place}/{self._name}"
        return f"{folder}/{key}" if key else folder

    def put(
        self,
        key: str,
        pieces: Iterable[bytes],
        *,
        replaces: str = ABSENT,
        unless: Iterable[str] = (),
        is_same: Callable[[str], bool] | None = None,
        is_durable: bool = True,
    ) -> str | None:
        """Let the other side store the pieces."""
        others, is_sent = tuple(unless), False
        with self._session() as session:
            session.ask("put", key, replaces, flag(is_durable), flag(is_same is not None), *others)
            try:
                while True:
                    kind, content = session.reply()
                    told = unpack(content)[0]
                    if kind == ANSWER and is_version(told):
                        return told or None
                    if kind == SEND and not is_sent:
                        is_sent = True
                        session.send_content(pieces)
                    elif kind == COMPARE and is_same is not None and told in (key, *others):
                        session.send(YES if is_same(told) else NO)
                    else:
                        raise session.nonsense(f"it answered a put with {kind!r}")
            except BaseException:
                _end_put(session)
                raise

    def read(self, key: str, *, offset: int = 0) -> Reading:
        """What the other side sends."""
        session = self._connections.take()
        try:
            session.ask("read", key, str(offset))
            kind, _content = session.reply()
            if kind != SEND:
                raise session.nonsense(f"it sent {kind!r} before a file")
        except BaseException:
            self._connections.done_with(session)
            raise
        return RemoteReading(session, connections=self._connections)

    def read_all(self, key: str, *, limit_bytes: int = SMALL_FILE_BYTES) -> bytes | None:
        """The content of the file; a large one is not held in memory there, too."""
        if limit_bytes > SMALL_FILE_BYTES:
            return self._read_large(key, limit_bytes=limit_bytes)
        found, content = self._asked("read_all", key, str(limit_bytes), most_bytes=limit_bytes)
        return content if found[0] else None

    def _read_large(self, key: str, *, limit_bytes: int) -> bytes | None:
        try:
            with self.read(key) as reading:
                return read_limited(reading.descriptor, path=self.address(key), limit_bytes=limit_bytes)
        except Missing:
            return None

    def stat(self, key: str) -> tuple[int, float, str] | None:
        """Size, time and version there."""
        with self._understanding():
            return stat_of(self._told("stat", key, count=3))

    def stat_many(self, keys: Iterable[str]) -> Iterator[tuple[int, float, str] | None]:
        """Sizes, times and versions there, in as few requests as their number allows."""
        wanted = tuple(keys)
        for start in range(0, len(wanted), MOST_KEYS):
            asked = wanted[start : start + MOST_KEYS]
            with self._understanding():
                found = stats_of(self._told("stat_many", *asked, count=3 * len(asked)))
            yield from found

    def list(self, prefix: str = "", *, delimiter: str = "/", hidden: bool = False) -> Sequence[str]:
        """The names there."""
        return self._names("list", prefix, delimiter, flag(hidden))

    def delete(self, keys: Iterable[str]) -> None:
        """Let them be removed there."""
        self._told("delete", *keys)

    def delete_below(self, prefix: str) -> bool:
        """Let all below be removed there."""
        return bool(self._told("delete_below", prefix)[0])

    def lease(self, name: str, *, shared: bool = False, wait_seconds: float = 0, is_stored: bool = False) -> Lease:
        """Hold it there, as long as the session lasts."""
        from .lease import remote_lease

        return remote_lease(self._connections, name, shared=shared, wait_seconds=wait_seconds, is_stored=is_stored)

    def holder(self, name: str) -> str | None:
        """Who holds it there."""
        is_held, noted = self._told("holder", name, count=2)
        return noted if is_held else None

    def is_held(self, name: str) -> bool:
        """Whether anybody holds it there."""
        return bool(self._told("is_held", name)[0])

    def room(self) -> int | None:
        """How much can still be stored there."""
        with self._understanding():
            return room_of(self._told("room"))

    def local_directory(self, prefix: str) -> str | None:
        """None of this host."""
        return None

    def adopt(self, prefix: str) -> None:
        """No other program writes there."""

    def prepare(self, folders: Iterable[str] = ()) -> None:
        """Let the folders be made there."""
        self._told("prepare", *folders)

    def unfinished(self, prefix: str = "", *, delimiter: str = "/") -> Sequence[str]:
        """What killed writers have left there."""
        return self._names("unfinished", prefix, delimiter)

    def discard(self, keys: Iterable[str]) -> None:
        """Let that be removed there."""
        self._told("discard", *keys)

    def prune(self, prefix: str) -> None:
        """Let an empty folder be removed there."""
        self._told("prune", prefix)

    def outside(self) -> tuple[Storage, str]:
        """Of the repository, no more than this cluster is told."""
        return RemoteStorage(self._connections, name=self._name, is_outer=True), self._name

    def _told(self, operation: str, *fields: str, count: int = 1) -> Sequence[str]:
        """So many fields of the answer."""
        told = self._asked(operation, *fields)[0]
        if len(told) < count:
            what = f"it answered {operation} with {len(told)} of {count} fields"
            raise unknown_answer(self._connections.place, what)
        return told[:count]

    def _names(self, operation: str, prefix: str, delimiter: str, *more: str) -> Sequence[str]:
        _answer, names = self._asked(operation, prefix, delimiter, *more, most_bytes=MOST_LISTED_BYTES)
        with self._understanding():
            return names_of(names, delimiter=delimiter)

    def _asked(self, operation: str, *fields: str, most_bytes: int = 0) -> tuple[Sequence[str], bytes]:
        """The fields of the answer, and the content that came before it, of limited size."""
        with self._session() as session:
            session.ask(self._scope + operation, *fields)
            content: list[bytes] = []
            while True:
                kind, piece = session.reply()
                if kind == ANSWER:
                    return unpack(piece), b"".join(content)
                most_bytes -= len(piece)
                if kind != DATA or most_bytes < 0:
                    raise session.nonsense(f"it sent {kind!r}, or more of it than was asked for")
                content.append(piece)

    @contextmanager
    def _understanding(self) -> Iterator[None]:
        """An answer that is none is the connection's error."""
        try:
            yield
        except Disconnected as error:
            raise unknown_answer(self._connections.place, str(error)) from error

    @contextmanager
    def _session(self) -> Iterator[Connection]:
        """A session for one request; it is used again where the other side has answered or refused in words."""
        session = self._connections.take()
        try:
            yield session
        finally:
            self._connections.done_with(session)


def _end_put(session: Connection) -> None:
    """Where this side gave up, let the other one know, and take its word for it."""
    if session.is_lost:
        return
    try:
        if not session.is_answered:
            session.send(ABORT)
        for _frame in range(_MOST_UNDER_WAY):
            if session.is_answered or not session.has_word(within_seconds=_ENDING_SECONDS):
                return
            session.reply()
    except PitrError:
        return


__all__ = ("RemoteStorage",)
