# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that write more than anybody reads."""

from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import SystemRunner
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.output_tail import (
    TAIL_BYTES,
    run_for_tail,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.program import run_program

PYTHON = sys.executable
FOR_EVER = [PYTHON, "-c", "import os\nwhile True: os.write({}, b'waiting for server to start...\\n' * 2000)"]
MOST_BYTES = 16 * TAIL_BYTES


def for_ever(descriptor: int) -> list[str]:
    return [*FOR_EVER[:2], FOR_EVER[2].format(descriptor)]


def by_root(argv: list[str]) -> object:
    return run_program(argv, {}, timeout_seconds=1)


def by_the_cluster_user(argv: list[str]) -> object:
    return SystemRunner().run(argv, timeout_seconds=1, only_tail=True)


@pytest.mark.parametrize("run", [by_root, by_the_cluster_user])
@pytest.mark.parametrize("descriptor", [1, 2])
def test_program_that_writes_for_ever_takes_no_memory_and_is_ended(
    run: Callable[[list[str]], object], descriptor: int
) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(Unavailable) as caught:
            run(for_ever(descriptor))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.code == "command-timeout"
    assert most < MOST_BYTES


@pytest.mark.parametrize(
    ("code", "stdout", "stderr"),
    [
        pytest.param("print('out'); print('err', file=sys.stderr)", b"out\n", b"err\n", id="a little"),
        pytest.param("pass", b"", b"", id="nothing"),
        pytest.param("os.close(1); os.close(2); time.sleep(0.2)", b"", b"", id="nothing, and goes on"),
        pytest.param(f"os.write(1, b'x' * {TAIL_BYTES})", b"x" * TAIL_BYTES, b"", id="just as much"),
    ],
)
def test_what_is_not_too_much_is_kept_whole(code: str, stdout: bytes, stderr: bytes) -> None:
    done = run_for_tail([PYTHON, "-c", f"import os, sys, time; {code}"], timeout_seconds=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, stdout, stderr)


@pytest.mark.parametrize("megabytes", [1, 2, 3, 9])
def test_end_of_what_is_too_much_is_kept_from_a_whole_line_on(megabytes: int) -> None:
    code = f"import os\nfor n in range({megabytes} * 1024): os.write(2, b'%08d' % n + b'x' * 1024 + b'\\n')\nexit(3)"
    done = run_for_tail([PYTHON, "-c", code], timeout_seconds=30)
    lines = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (3, b"")
    assert 0 <= TAIL_BYTES - len(done.stderr) < 1034
    assert [int(line[:8]) for line in lines] == list(range(megabytes * 1024 - len(lines), megabytes * 1024))


def test_line_without_an_end_is_cut() -> None:
    done = run_for_tail([PYTHON, "-c", f"import os; os.write(1, b'x' * {3 * TAIL_BYTES} + b'y')"], timeout_seconds=30)
    assert len(done.stdout) == TAIL_BYTES and done.stdout.endswith(b"xy")


def test_program_that_says_nothing_more_and_stays_is_ended() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run_for_tail([PYTHON, "-c", "import os, time; os.close(1); os.close(2); time.sleep(60)"], timeout_seconds=0.3)


def test_no_descriptor_is_left_open() -> None:
    before = os.listdir("/proc/self/fd")
    run_for_tail([PYTHON, "-c", "pass"], timeout_seconds=30)
    with pytest.raises(subprocess.TimeoutExpired):
        run_for_tail([PYTHON, "-c", "import time; time.sleep(60)"], timeout_seconds=0.1)
    assert len(os.listdir("/proc/self/fd")) == len(before)
