# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import subprocess

from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.process_lines import ProcessLines


def lines_of(script: str) -> tuple[list[str], ProcessLines]:
    """Everything that a script says on standard error, line by line."""
    with subprocess.Popen(["/bin/sh", "-c", script], stderr=subprocess.PIPE) as process:
        lines, found = ProcessLines(process), []
        while not lines.ended:
            found += lines.next(timeout_seconds=30)
    return found, lines


def test_carriage_returns_end_lines_and_progress_is_not_kept() -> None:
    found, lines = lines_of(r"printf '10/20 kB (50%%)\r20/20 kB (100%%)\nerror: x\n\n' >&2")
    assert found == ["10/20 kB (50%)", "20/20 kB (100%)", "error: x"]
    assert lines.text == "error: x"
    assert lines.next(timeout_seconds=30) == []


def test_what_has_no_end_of_line_is_in_the_text() -> None:
    found, lines = lines_of("printf 'one\ntwo' >&2")
    assert found == ["one"]
    assert lines.text == "one\ntwo"


def test_only_the_end_of_a_long_tale_is_kept() -> None:
    found, lines = lines_of("for n in $(seq 1 300); do echo line $n >&2; done")
    assert len(found) == 300
    assert lines.text.splitlines()[0] == "line 101"


def test_nothing_said_is_no_end() -> None:
    with subprocess.Popen(["/bin/sleep", "600"], stderr=subprocess.PIPE) as process:
        lines = ProcessLines(process)
        assert lines.next(timeout_seconds=0.01) == []
        assert not lines.ended
        process.kill()
