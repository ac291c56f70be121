# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job comes to its end, whoever follows it, and when one of its processes is killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed, Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.listener import go_on_alone, is_alone, is_followed
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.follower import present_follower
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.job import run_as_job
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.signals import handled
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.worker import WorkerCrashed


def nothing() -> None:
    raise AssertionError("nothing was killed")


def wait_for(path: Path) -> str:
    deadline = time.monotonic() + 20
    while not path.exists() or not path.read_text():
        assert time.monotonic() < deadline, f"{path.name} did not come"
        time.sleep(0.01)
    return path.read_text()


def interrupted(number: int, _frame: object) -> NoReturn:
    raise Failed(f"signal {number}", code="interrupted")


def start(act: Callable[[], Any]) -> int:
    """A process that follows a job, as a module does; its exit code is 0 when the job's result came."""
    follower = os.fork()
    if follower == 0:
        code = 1
        try:
            act()
            code = 0
        except Failed as error:
            code = 3 if error.code == "job-goes-on" else 2
        finally:
            os._exit(code)
    return follower


def code_of(process: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def test_result_and_failure_are_told() -> None:
    assert run_as_job(lambda: {"a": [1]}, see_through=nothing, hears=lambda: True) == {"a": [1]}

    def refuse() -> None:
        raise Refused("no", code="not-here", hint="Elsewhere.")

    with pytest.raises(Refused) as caught:
        run_as_job(refuse, see_through=nothing, hears=lambda: True)
    assert (caught.value.code, caught.value.hint) == ("not-here", "Elsewhere.")

    with pytest.raises(WorkerCrashed, match="ZeroDivisionError"):
        run_as_job(lambda: 1 // 0, see_through=nothing, hears=lambda: True)


def test_signal_right_behind_a_fork_ends_the_work_and_no_process_that_guards_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real, seen = os.fork, tmp_path / "seen"

    def fork() -> int:
        child = real()
        if child:
            os.kill(os.getpid(), signal.SIGTERM)
        return child

    def follow() -> None:
        monkeypatch.setattr(os, "fork", fork)
        see_through = partial(seen.write_text, "through")
        run_as_job(lambda: time.sleep(60), see_through=see_through, hears=lambda: True)

    assert code_of(start(follow)) == 2
    assert seen.read_text() == "through"


def test_job_leads_a_session_with_nothing_of_its_followers() -> None:
    def look() -> list[Any]:
        standard = [os.readlink(f"/proc/self/fd/{number}") for number in (0, 1, 2)]
        return [os.getsid(0) == os.getppid(), *standard]

    assert run_as_job(look, see_through=nothing, hears=lambda: True) == [True, *["/dev/null"] * 3]


@pytest.mark.parametrize("hears", [True, False])
def test_job_asks_whether_anybody_waits(hears: bool) -> None:
    assert run_as_job(is_followed, see_through=nothing, hears=lambda: hears) is hears


def test_early_answer_ends_the_following_and_not_the_job(tmp_path: Path) -> None:
    def work() -> None:
        follower = present_follower()
        assert follower is not None
        follower.tell({"result": "swapped"})
        go_on_alone()
        time.sleep(0.2)
        (tmp_path / "end").write_text(f"{is_followed()} {is_alone()}")

    assert run_as_job(work, see_through=nothing, hears=lambda: True) == "swapped"
    assert wait_for(tmp_path / "end") == "False True"


def test_killed_work_is_seen_through(tmp_path: Path) -> None:
    with pytest.raises(Failed) as caught:
        run_as_job(
            lambda: os.kill(os.getpid(), signal.SIGKILL),
            see_through=lambda: (tmp_path / "end").write_text("seen through"),
            hears=lambda: True,
        )
    assert caught.value.code == "job-killed"
    assert wait_for(tmp_path / "end") == "seen through"

    def worker_killed() -> None:
        raise WorkerCrashed

    with pytest.raises(Failed) as caught:
        run_as_job(worker_killed, see_through=(tmp_path / "more").touch, hears=lambda: True)
    assert (caught.value.code, (tmp_path / "more").exists()) == ("job-killed", True)


def test_what_seeing_through_raises_is_told() -> None:
    def fail() -> None:
        raise Refused("no way back", code="not-here")

    with pytest.raises(Refused) as caught:
        run_as_job(lambda: os.kill(os.getpid(), signal.SIGKILL), see_through=fail, hears=lambda: True)
    assert caught.value.code == "not-here"


def test_signal_ends_the_work_until_that_goes_on_alone(tmp_path: Path) -> None:
    def work() -> None:
        with handled(interrupted):
            (tmp_path / "begun").write_text("yes")
            time.sleep(20)

    follower = start(lambda: run_as_job(work, see_through=nothing, hears=lambda: True))
    wait_for(tmp_path / "begun")
    os.kill(follower, signal.SIGTERM)
    assert code_of(follower) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_signal_to_its_follower_does_not_end_what_goes_on_alone(tmp_path: Path, number: signal.Signals) -> None:
    def work() -> None:
        with handled(interrupted):
            go_on_alone()
            (tmp_path / "begun").write_text("yes")
            wait_for(tmp_path / "killed")
            (tmp_path / "end").write_text(str(is_followed()))

    follower = start(lambda: run_as_job(work, see_through=nothing, hears=lambda: True))
    wait_for(tmp_path / "begun")
    time.sleep(0.1)
    os.kill(follower, number)
    assert code_of(follower) == (-number if number == signal.SIGKILL else 3)
    (tmp_path / "killed").write_text("yes")
    assert wait_for(tmp_path / "end") == "False"
