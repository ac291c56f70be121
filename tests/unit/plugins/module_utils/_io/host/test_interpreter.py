# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import sys
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.interpreter import candidates, choose_interpreter
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import SystemRunner


def script(path: Path, text: str) -> str:
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def test_first_that_works_is_chosen(tmp_path: Path) -> None:
    old = script(tmp_path / "old", "#!/bin/sh\necho 3 8 00\n")
    broken = script(tmp_path / "broken", "#!/bin/sh\nexit 1\n")
    silent = script(tmp_path / "silent", "#!/bin/sh\n")
    chosen = choose_interpreter([str(tmp_path / "none"), old, broken, silent, sys.executable], runner=SystemRunner())
    assert chosen == (sys.executable, MAGIC_NUMBER)


def test_none_that_works_says_why(tmp_path: Path) -> None:
    old = script(tmp_path / "old", "#!/bin/sh\necho 3 8 00\n")
    with pytest.raises(Unavailable) as caught:
        choose_interpreter([old], runner=SystemRunner())
    assert caught.value.code == "python-unusable"
    assert "Python 3.8" in caught.value.message


def test_virtual_environments_are_left_for_their_interpreter() -> None:
    first = candidates()[0]
    assert os.path.isabs(first)
    assert not os.path.exists(os.path.join(os.path.dirname(os.path.dirname(first)), "pyvenv.cfg"))


def test_one_with_boto3_is_chosen_where_that_is_needed(tmp_path: Path) -> None:
    answer = f"case $3 in *boto3*) exit %d;; *) echo 3 11 {MAGIC_NUMBER.hex()};; esac"
    without = script(tmp_path / "without", f"#!/bin/sh\n{answer % 1}\n")
    having = script(tmp_path / "having", f"#!/bin/sh\n{answer % 0}\n")
    assert choose_interpreter([without, having], runner=SystemRunner())[0] == without
    assert choose_interpreter([without, having], runner=SystemRunner(), needs_boto3=True)[0] == having
    with pytest.raises(Unavailable) as caught:
        choose_interpreter([without], runner=SystemRunner(), needs_boto3=True)
    assert (caught.value.code, without in caught.value.message) == ("boto3-missing", True)
