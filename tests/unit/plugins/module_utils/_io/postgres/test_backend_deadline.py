# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that takes too long is terminated, and one that does not is left alone."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.backend_deadline import backend_deadline

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_process_is_terminated_when_its_time_is_over() -> None:
    with subprocess.Popen(SLEEP) as process, backend_deadline(process.pid, seconds=0.05) as passed:
        assert process.wait(timeout=30) == -signal.SIGTERM
    assert passed.is_set()


def test_process_that_was_quick_enough_is_left_alone() -> None:
    with subprocess.Popen(SLEEP) as process:
        with backend_deadline(process.pid, seconds=0.2) as passed:
            pass
        time.sleep(0.4)
        assert (process.poll(), passed.is_set()) == (None, False)
        process.kill()
