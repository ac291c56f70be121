# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A signal to the process of a module is for the worker, which rolls back before both end."""

from __future__ import annotations

import os
import signal
import time

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.account import Account
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.door import RootDoor
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.worker import work_as

pytestmark = pytest.mark.needs_root


def test_signal_lets_the_worker_clean_up(account: Account) -> None:
    """SIGTERM to the module's process, as from a controller that gives up."""
    reader, writer = os.pipe()
    module = os.fork()
    if module == 0:
        code = 1

        def act() -> None:
            try:
                os.write(writer, b"at work, ")
                time.sleep(30)
            finally:
                os.write(writer, b"rolled back")

        try:
            work_as(account, act, door=RootDoor(account))
        except Failed as error:
            code = 7 if error.code == "interrupted" else 1
        finally:
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader, "rb", buffering=0) as stream:
        assert stream.read(9) == b"at work, "
        os.kill(module, signal.SIGTERM)
        assert stream.read() == b"rolled back"
    assert os.waitstatus_to_exitcode(os.waitpid(module, 0)[1]) == 7


def test_signal_right_behind_the_fork_is_the_workers(account: Account) -> None:
    """Nobody handles it yet who knows the worker."""
    real = os.fork
    module = os.fork()
    if module == 0:
        code = 1

        def fork() -> int:
            worker = real()
            if worker:
                os.kill(os.getpid(), signal.SIGTERM)
            return worker

        try:
            os.fork = fork
            work_as(account, lambda: time.sleep(30), door=RootDoor(account))
        except Failed as error:
            code = 7 if error.code == "interrupted" else 1
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(module, 0)[1]) == 7
