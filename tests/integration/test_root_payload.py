# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module that root runs imports late as the cluster's user, who may not read what Ansible has put on the host."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.module_payload import ansible_arguments, payload

pytestmark = [pytest.mark.needs_root, pytest.mark.versions(15)]

# Nobody listens there: the module has imported what speaks to a bucket when it says so.
BUCKET = {
    "repository_s3_bucket": "backups",
    "repository_s3_endpoint": "http://127.0.0.1:9",
    "repository_s3_region": "here",
    "repository_s3_access_key_id": "key",
    "repository_s3_secret_access_key": "secret",
    "name": "main",
}


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The module as Ansible copies it, in a directory of root's."""
    tmp_path.chmod(0o700)
    arguments = {**BUCKET, **ansible_arguments(remote_tmp=str(tmp_path / "remote"))}
    program = tmp_path / "AnsiballZ_backup_info.py"
    program.write_bytes(payload("backup_info", arguments, interpreter=sys.executable))
    return program


def answer(program: Path, *command: str) -> dict[str, Any]:
    environment = {"PATH": "/usr/bin:/bin", "TMPDIR": str(program.parent), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [sys.executable, program, *command], capture_output=True, text=True, check=False, env=environment, timeout=120
    )
    try:
        return dict(json.loads(done.stdout))
    except ValueError:
        raise AssertionError(done.stdout + done.stderr) from None


def test_a_room_is_entered_late_out_of_the_payload_in_memory(program: Path) -> None:
    assert answer(program)["code"] == "repository-unreachable"


def test_an_exploded_payload_is_imported_before(program: Path) -> None:
    exploded = subprocess.run(
        [sys.executable, program, "explode"], capture_output=True, text=True, check=False, timeout=120
    )
    assert exploded.returncode == 0, exploded.stderr

    assert answer(program, "execute")["code"] == "repository-unreachable"
