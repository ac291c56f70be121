# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.rate_limit import RateLimit
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.worker_pool import Note, run_parallel


def square(task: int, note: Note) -> tuple[int, int]:
    note(task)
    return task * task, os.getpid()


def sleep(task: int, note: Note) -> int:
    note(1)
    time.sleep(600)
    return task


def refuse(_task: int, _note: Note) -> int:
    raise Unavailable("no disk", code="repository-not-readable", hint="Mount it.")


def stumble(task: int, _note: Note) -> float:
    return 1 / (task - task)


def die(_task: int, _note: Note) -> int:
    os._exit(7)


def nothing() -> None:
    return


@pytest.mark.parametrize("jobs", [1, 3])
def test_every_task_is_done_once(jobs: int) -> None:
    noted: list[int] = []
    done = dict(run_parallel(range(50), work=square, jobs=jobs, note=noted.append, pause=nothing))

    assert {task: result[0] for task, result in done.items()} == {task: task * task for task in range(50)}
    assert sorted(noted) == list(range(50))
    pids = {pid for _square, pid in done.values()}
    assert pids == {os.getpid()} if jobs == 1 else os.getpid() not in pids


def test_tasks_are_taken_as_they_are_needed() -> None:
    taken: list[int] = []

    def tasks() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    results = run_parallel(tasks(), work=square, jobs=2, note=lambda _count: None, pause=nothing)
    with closing(results):
        next(results)
        assert len(taken) <= 3


@pytest.mark.parametrize("jobs", [1, 2])
def test_errors_keep_their_class_and_code(jobs: int) -> None:
    with pytest.raises(Unavailable) as caught:
        list(run_parallel([1], work=refuse, jobs=jobs, note=lambda _count: None, pause=nothing))

    assert (caught.value.message, caught.value.code, caught.value.hint) == (
        "no disk",
        "repository-not-readable",
        "Mount it.",
    )


def test_bugs_are_raised_with_their_trace() -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        list(run_parallel([1], work=stumble, jobs=2, note=lambda _count: None, pause=nothing))


def test_a_worker_that_dies_is_noticed() -> None:
    with pytest.raises(RuntimeError, match="exit code 7"):
        list(run_parallel([1], work=die, jobs=2, note=lambda _count: None, pause=nothing))


def test_workers_end_when_nobody_wants_results_any_more() -> None:
    class Enough(Exception):
        pass

    def pause() -> None:
        raise Enough

    began = time.monotonic()
    with pytest.raises(Enough):
        list(run_parallel([1, 2], work=sleep, jobs=2, note=lambda _count: None, pause=pause, pause_seconds=0.05))
    assert time.monotonic() - began < 60


def test_pace_waits_for_what_was_spent() -> None:
    began = time.monotonic()
    pace = RateLimit(1000)
    for _number in range(4):
        pace.spend(100)

    assert 0.29 <= time.monotonic() - began < 60


def test_no_pace_never_waits() -> None:
    began = time.monotonic()
    RateLimit(None).spend(1 << 60)
    assert time.monotonic() - began < 60
