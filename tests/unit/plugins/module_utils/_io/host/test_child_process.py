# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A child that does not outlive its parent, however that ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.child_process import start_child
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.wait import wait_until
from sources import UTILS


def is_alive(pid: int) -> bool:
    """Whether it runs; a zombie that nobody has asked for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_child_is_killed_with_its_parent() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(UTILS.parent)!r})\n"
        "from module_utils._io.host.child_process import start_child\n"
        "print(start_child(['/bin/sleep', '600']).pid, flush=True)\n"
        "import time; time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.kill()
    assert wait_until(lambda: not is_alive(child), seconds=30)


def test_child_has_our_environment_and_the_descriptors_it_was_given(tmp_path: Path) -> None:
    with open(tmp_path / "kept", "w", encoding="ascii") as kept:
        script = f'echo "$LC_ALL $MARK" >&{kept.fileno()}; echo told >&2'
        process = start_child(["/bin/bash", "-c", script], environment={"MARK": "x"}, kept_descriptors=[kept.fileno()])
        assert process.communicate()[1] == b"told\n"
    assert (tmp_path / "kept").read_text(encoding="ascii") == "C x\n"
    assert process.returncode == os.EX_OK


def test_program_that_is_missing_is_told() -> None:
    with pytest.raises(Unavailable) as caught:
        start_child(["/nowhere/pg_basebackup"])
    assert caught.value.code == "program-missing"
