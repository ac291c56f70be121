# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program in single-user mode is waited for, told to end in time, and its last words are kept."""

from __future__ import annotations

import subprocess
import threading
import time
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.standalone import (
    run_standalone,
    wait_for_standalone,
)


def test_end_in_order_is_waited_for(tmp_path: Path) -> None:
    run_standalone(["sh", "-c", f"sleep 0.2; echo done > {tmp_path}/recovered"], timeout_seconds=30)
    assert (tmp_path / "recovered").exists()


def test_failure_has_the_last_words() -> None:
    with pytest.raises(Failed) as caught:
        run_standalone(["sh", "-c", "echo FATAL: no memory >&2; exit 3"], timeout_seconds=30)
    assert caught.value.code == "standalone-failed"
    assert caught.value.message.endswith("ended with exit code 3: FATAL: no memory")


def test_what_does_not_end_is_told_to() -> None:
    with pytest.raises(Failed) as caught:
        run_standalone(["sleep", "600"], timeout_seconds=0.1)
    assert caught.value.message.endswith("did not end within 0.1 seconds")


def test_a_server_of_a_killed_run_is_waited_for(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "0.3"]) as process:
        (tmp_path / "postmaster.pid").write_text(f"-{process.pid}\n{tmp_path}\n", encoding="utf-8")
        threading.Thread(target=process.wait).start()
        wait_for_standalone(str(tmp_path), seconds=30)
        assert process.poll() is not None


@pytest.mark.parametrize("content", ["", "1\n", "-\n", "nonsense\n", "-999999999\n"])
def test_others_are_not(content: str, tmp_path: Path) -> None:
    (tmp_path / "postmaster.pid").write_text(content, encoding="utf-8")
    began = time.monotonic()
    wait_for_standalone(str(tmp_path), seconds=30)
    wait_for_standalone(str(tmp_path / "away"), seconds=30)
    assert time.monotonic() - began < 30
