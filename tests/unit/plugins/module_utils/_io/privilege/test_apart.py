# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that goes on as another user; ``tests/integration/test_root_terminal.py`` gives it root's terminal."""

from __future__ import annotations

import os
import pwd
import signal
import time
from collections.abc import Callable

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.account import Account
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.apart import become_apart


def account() -> Account:
    """This user, or, as root, one that has no rights."""
    name = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    entry = pwd.getpwnam(name)
    return Account(name, entry.pw_uid, entry.pw_gid, entry.pw_dir)


def start(act: Callable[[], int]) -> int:
    process = os.fork()
    if process == 0:
        code = 99
        try:
            become_apart(account())
            code = act()
        finally:
            os._exit(code)
    return process


def code_of(process: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def killed() -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


@pytest.mark.parametrize(("act", "code"), [(lambda: 0, 0), (lambda: 200, 200), (killed, 128 + 9)])
def test_ends_as_the_new_process_does(act: Callable[[], int], code: int) -> None:
    assert code_of(start(act)) == code


def test_new_process_is_the_account_in_a_session_of_its_own() -> None:
    wanted = account().uid
    assert code_of(start(lambda: int(os.getresuid() != (wanted,) * 3 or os.getsid(0) != os.getpid()))) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_are_passed_on(number: signal.Signals) -> None:
    reader, writer = os.pipe()

    def act() -> int:
        came: list[int] = []
        signal.signal(number, lambda taken, _frame: came.append(taken))
        os.write(writer, b"x")
        while not came:
            time.sleep(0.01)
        return came[0]

    process = start(act)
    assert os.read(reader, 1) == b"x"
    os.kill(process, number)
    assert code_of(process) == number
    os.close(reader)
    os.close(writer)


def test_signal_right_behind_the_fork_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fork

    def fork() -> int:
        child = real()
        if child:
            os.kill(os.getpid(), signal.SIGTERM)
        return child

    process = real()
    if process == 0:
        monkeypatch.setattr(os, "fork", fork)
        become_apart(account())
        time.sleep(60)
        os._exit(0)
    assert code_of(process) == 128 + signal.SIGTERM


def test_killed_it_takes_the_new_process_along() -> None:
    reader, writer = os.pipe()

    def act() -> int:
        os.write(writer, b"x")
        time.sleep(60)
        return 0

    process = start(act)
    os.close(writer)
    assert os.read(reader, 1) == b"x"
    os.kill(process, signal.SIGKILL)
    assert code_of(process) == -signal.SIGKILL
    # The end of the pipe: nobody holds it open.
    assert os.read(reader, 1) == b""
    os.close(reader)
