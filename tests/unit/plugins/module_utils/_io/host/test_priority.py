# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A thread that takes the second place takes its programs along, and nobody else."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.priority import take_second_place

_NICENESS_OF_A_PROGRAM = "import os; print(os.getpriority(os.PRIO_PROCESS, 0))"


def test_thread_and_its_programs_are_second() -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)

    def seen() -> str:
        take_second_place()
        take_second_place()
        return subprocess.run([sys.executable, "-c", _NICENESS_OF_A_PROGRAM], check=True, stdout=-1, text=True).stdout

    with ThreadPoolExecutor(max_workers=1) as beside:
        assert beside.submit(seen).result() == f"{max(before, 10)}\n"
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
