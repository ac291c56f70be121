# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress is drawn on a terminal, and only there."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest
from sources import UTILS

SCRIPT = (
    f"import sys; sys.path.insert(0, {str(UTILS.parent)!r})\n"
    "from module_utils._agent.console.progress_line import clear_line, draw_line, is_drawn\n"
    "draw_line('10 %'); draw_line('20 %'); clear_line()\n"
    "sys.stdout.write(str(is_drawn()))\n"
)


@pytest.mark.parametrize(("is_terminal", "drawn"), [(True, b"\r\033[K10 %\r\r\033[K20 %\r\r\033[K"), (False, b"")])
def test_line_is_drawn_anew_and_removed(is_terminal: bool, drawn: bytes) -> None:
    reading, writing = pty.openpty() if is_terminal else os.pipe()
    done = subprocess.run([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=writing, check=True)
    assert done.stdout == str(is_terminal).encode()
    # So that there is something to read where nothing was drawn.
    os.write(writing, b"END")
    found = b""
    while not found.endswith(b"END"):
        found += os.read(reading, 4096)
    for descriptor in (reading, writing):
        os.close(descriptor)
    assert found == drawn + b"END"
