# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Encrypting and decrypting as a stream, by the host's program ``age``.

It encrypts for recipients, which anybody may know, and decrypts by an identity, of which it is given an open
descriptor: no secret is in its arguments or its environment. It authenticates each 64 KiB, and gives nothing of a
part that was changed; that the whole is there is certain only when it has ended well.
"""

from __future__ import annotations

import os
import select

from ..._core.errors import Damaged, Failed, InvalidInput, PitrError, Unavailable
from ..stream.compression import ended_by_signal, enlarge_pipe, find_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from types import TracebackType
    from typing import Protocol

    from ..host.kept_identity import Identity

    class _Opened(Protocol):
        descriptor: int

        def __exit__(
            self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
        ) -> object: ...


PROGRAM = "age"
_CHUNK_BYTES = 1 << 18
_SAID_BYTES = 4096
_POLL_IN = select.POLLIN | select.POLLHUP


def check_age() -> None:
    """Return when this host has the program. Raises Unavailable (``program-missing``)."""
    _program()


def encrypt(pieces: Iterable[bytes], *, recipients: Iterable[str]) -> Generator[bytes, None, None]:
    """The pieces, encrypted for each of the recipients.

    Raises Unavailable (``program-missing``), Failed (``encryption-failed``), and what ``pieces`` raise.
    """
    argv = [_program(), "--encrypt"]
    for recipient in recipients:
        argv += ("--recipient", recipient)
    child_in, sink = os.pipe()
    try:
        process = _Process(argv, stdin=child_in)
    except BaseException:
        os.close(sink)
        raise
    finally:
        os.close(child_in)
    is_whole = False
    try:
        enlarge_pipe(sink)
        os.set_blocking(sink, False)
        yield from _feed(pieces, sink=sink, outlet=process.descriptor)
        os.close(sink)
        sink = -1
        yield from _chunks(process.descriptor)
        is_whole = True
    finally:
        if sink >= 0:
            os.close(sink)
        status, said = process.end()
        if is_whole and status != 0:
            raise Failed(
                f"'{PROGRAM}' failed with exit code {status} while encrypting" + (f": {said}" if said else ""),
                code="encryption-failed",
                hint="Nothing was stored. Run the playbook 'archive', which checks the recipients.",
            )


def _feed(pieces: Iterable[bytes], *, sink: int, outlet: int) -> Iterator[bytes]:
    """Write all pieces to the program, and hand on what comes out meanwhile, or neither would go on."""
    poll = select.poll()
    poll.register(sink, select.POLLOUT)
    poll.register(outlet, _POLL_IN)
    for piece in pieces:
        view = memoryview(piece)
        while view:
            ready = dict(poll.poll())
            if ready.get(outlet, 0) & _POLL_IN:
                chunk = os.read(outlet, _CHUNK_BYTES)
                if not chunk:
                    # It has ended, and says why.
                    return
                yield chunk
            elif sink in ready:
                try:
                    view = view[os.write(sink, view) :]
                except BlockingIOError:
                    continue
                except BrokenPipeError:
                    return


def _chunks(descriptor: int) -> Iterator[bytes]:
    while chunk := os.read(descriptor, _CHUNK_BYTES):
        yield chunk


class DecryptedReading:
    """What is in an encrypted file that is open already, as something to be read in turn.

    A reader of the descriptor cannot tell where the content ends from where it was damaged. So whoever leaves the
    context gets the reason instead of what he made of the end: InvalidInput (``identity-wrong``), Damaged
    (``encrypted-damaged``), Unavailable (``identity-missing``, ``program-missing``).
    """

    def __init__(self, opened: _Opened, *, path: str, identity: Identity | None) -> None:
        self._opened = opened
        self._path = path
        try:
            if identity is None:
                raise identity_missing(path)
            secret = identity.descriptor()
            # Above those of every program; a descriptor that is given to itself would be closed.
            place = 3 if secret != 3 else 4
            argv = [_program(), "--decrypt", "--identity", f"/dev/fd/{place}"]
            self._process = _Process(argv, stdin=opened.descriptor, also={place: secret})
        except BaseException as error:
            opened.__exit__(type(error), error, error.__traceback__)
            raise
        self.descriptor = self._process.descriptor

    def __iter__(self) -> Iterator[bytes]:
        return _chunks(self.descriptor)

    def __enter__(self) -> DecryptedReading:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        failure = self._end()
        # Where the connection to it was lost, that is the reason of all else.
        self._opened.__exit__(kind, error, trace)
        if failure is not None and (kind is None or issubclass(kind, (PitrError, OSError))):
            raise failure from None

    def close(self) -> None:
        """Give it back, whether all was read or not."""
        self._end()
        self._opened.__exit__(None, None, None)

    def _end(self) -> PitrError | None:
        """Why not all of it could be read; ``None``: it could, or nobody wanted the rest."""
        if self.descriptor < 0:
            return None
        os.set_blocking(self.descriptor, False)
        try:
            is_at_end = not os.read(self.descriptor, 1)
        except BlockingIOError:
            is_at_end = False
        self.descriptor = -1
        status, said = self._process.end()
        if status == 0 or not is_at_end:
            return None
        return _failure(self._path, status=status, said=said)


def identity_missing(path: str) -> Unavailable:
    """The error for something encrypted that is to be read without an identity."""
    return Unavailable(
        f"'{path}' is encrypted, and no age identity was given",
        code="identity-missing",
        hint="Give it to the restore, by 'pitr_restore_age_identity' or 'pitr_restore_age_identity_file'.",
    )


def _failure(path: str, *, status: int, said: str) -> PitrError:
    if status < 0:
        return ended_by_signal(PROGRAM, number=-status, path=path)
    # age 1.0 to 1.3 in two wordings.
    if "any of the recipients" in said:
        return InvalidInput(
            f"the age identity does not decrypt '{path}': it was encrypted for others, or is damaged at its beginning",
            code="identity-wrong",
            hint="Give the identity of one of the recipients of that time; several can be given, a line each. The"
            " playbook 'verify' tells what is damaged.",
        )
    reason = f"'{PROGRAM}' ended with exit code {status}" + (f": {said}" if said else "")
    return Damaged(
        f"the stored file '{path}' is damaged: {reason}",
        code="encrypted-damaged",
        hint="It is never used. Replace it with a good copy.",
    )


def _program() -> str:
    path = find_program(PROGRAM)
    if path is None:
        raise Unavailable(
            f"program '{PROGRAM}' not found on this host",
            code="program-missing",
            hint=f"Install the operating system's package '{PROGRAM}', of every host that encrypts or decrypts.",
        )
    return path


class _Process:
    """A running filter; ``descriptor`` is what comes out of it."""

    def __init__(self, argv: list[str], *, stdin: int, also: dict[int, int] | None = None) -> None:
        self.descriptor, writing = os.pipe()
        self._said, saying = os.pipe()
        try:
            enlarge_pipe(self.descriptor)
            given = {0: stdin, 1: writing, 2: saying, **(also or {})}
            actions = [(os.POSIX_SPAWN_DUP2, descriptor, to) for to, descriptor in given.items()]
            self._pid = os.posix_spawn(argv[0], argv, {"LC_ALL": "C"}, file_actions=actions)
        except BaseException:
            os.close(self.descriptor)
            os.close(self._said)
            raise
        finally:
            os.close(writing)
            os.close(saying)

    def end(self) -> tuple[int, str]:
        """Wait for the end, which comes as nobody reads any more: exit code or minus a signal, and what it said."""
        os.close(self.descriptor)
        status = os.waitpid(self._pid, 0)[1]
        said = os.read(self._said, _SAID_BYTES).decode(errors="replace")
        os.close(self._said)
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
        return code, _reason(said)


def _reason(said: str) -> str:
    """What the program complains of, without its advertisement of where to report that."""
    lines = (line.removeprefix("age: ").removeprefix("error: ") for line in said.splitlines())
    return "; ".join(line for line in lines if line and not line.startswith(("report unexpected", "[ Did age")))


__all__ = ("DecryptedReading", "check_age", "encrypt", "identity_missing")
