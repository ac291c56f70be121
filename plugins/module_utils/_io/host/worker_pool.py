# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work spread over processes: tasks go to whoever is free, results come back as they are ready."""

from __future__ import annotations

import multiprocessing
import signal
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from ..._core.error_class import error_class
from ..._core.errors import PitrError
from ..privilege.parent_death import end_with_parent
from ..privilege.signals import waiting

T = TypeVar("T")
R = TypeVar("R")
# A worker calls it with the bytes that it has dealt with since it last did.
Note = Callable[[int], None]


def run_parallel(
    tasks: Iterable[T],
    *,
    work: Callable[[T, Note], R],
    jobs: int,
    note: Note,
    pause: Callable[[], None],
    pause_seconds: float = 1.0,
) -> Generator[tuple[T, R], None, None]:
    """Each task with its result, in the order in which they are ready; tasks are taken one by one as they are needed.

    ``work`` runs in ``jobs`` processes (in this one for one job): it is inherited, while tasks and results are pickled.
    ``pause`` is called about every ``pause_seconds`` while nothing is ready. A PitrError of ``work`` is raised here; so
    is a failure of another kind, as RuntimeError with its trace. Close the iterator to end the workers early.
    """
    if jobs == 1:
        for task in tasks:
            yield task, work(task, note)
            pause()
        return
    pool: _Pool[T, R] = _Pool(work, jobs=jobs)
    try:
        remaining = iter(tasks)
        while True:
            pool.hand_out(remaining)
            if not pool.is_busy:
                return
            yield from pool.collect(note, timeout_seconds=pause_seconds)
            pause()
    finally:
        pool.end()


class _Pool(Generic[T, R]):
    def __init__(self, work: Callable[[T, Note], R], *, jobs: int) -> None:
        # Forked, so that the workers have what was imported and whose rights this process has taken on.
        context = multiprocessing.get_context("fork")
        self._tasks: dict[Connection, T] = {}
        self._processes: dict[Connection, Any] = {}
        try:
            # An interruption between the fork and the entry would leave a worker that nobody ends.
            with waiting():
                for _number in range(jobs):
                    mine, theirs = context.Pipe()
                    process = context.Process(target=_serve, args=(theirs, work), daemon=True)
                    process.start()
                    theirs.close()
                    self._processes[mine] = process
        except BaseException:
            self.end()
            raise

    @property
    def is_busy(self) -> bool:
        return bool(self._tasks)

    def hand_out(self, remaining: Iterator[T]) -> None:
        for connection in self._processes:
            if connection not in self._tasks:
                for task in remaining:
                    connection.send(task)
                    self._tasks[connection] = task
                    break

    def collect(self, note: Note, *, timeout_seconds: float) -> Iterator[tuple[T, R]]:
        ready = wait(list(self._tasks), timeout_seconds)
        for connection in [each for each in self._tasks if each in ready]:
            try:
                kind, value = connection.recv()
            except EOFError:
                process = self._processes[connection]
                process.join()
                raise RuntimeError(f"a worker ended with exit code {process.exitcode}") from None
            if kind == "note":
                note(value)
            elif kind == "done":
                yield self._tasks.pop(connection), value
            elif kind == "failed":
                raise error_class(value["class"])(value["message"], code=value["code"], hint=value["hint"])
            else:
                raise RuntimeError(f"a worker failed:\n{value}")

    def end(self) -> None:
        for process in self._processes.values():
            process.kill()
        for connection, process in self._processes.items():
            process.join()
            connection.close()


def _serve(connection: Connection, work: Callable[[Any, Note], Any]) -> None:
    """A worker's life: it ends when it is killed, or with the process that started it."""
    end_with_parent()
    # The process that started the workers decides when they end, also where a terminal interrupts all of them.
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    while True:
        task = connection.recv()
        connection.send(_answer(task, work=work, note=lambda count: connection.send(("note", count))))


def _answer(task: Any, *, work: Callable[[Any, Note], Any], note: Note) -> tuple[str, Any]:
    try:
        return "done", work(task, note)
    except PitrError as error:
        told = {"class": type(error).__name__, "message": error.message, "code": error.code, "hint": error.hint}
        return "failed", told
    except BaseException:  # noqa: BLE001 - the process that started this one raises it
        return "bug", traceback.format_exc()


__all__ = ("Note", "run_parallel")
