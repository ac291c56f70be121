# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others put in place of a job's record and of its lock: root's runs end, in words."""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.archiving import archive
from support.cluster import Cluster

pytestmark = [pytest.mark.needs_root, pytest.mark.versions(18)]

FAILURE = {"type": "Failed", "message": "\x1b[2Jgone", "code": "check-failed", "hint": "\x9b0m"}
TARGET = {"kind": "latest", "text": "true", "inclusive": True}


class Attacker:
    """Somebody who may write beside a data directory."""

    def __init__(self, data_directory: Path, *, uid: int) -> None:
        self.record = Path(f"{data_directory}.pitr-job.json")
        self.lock = Path(f"{data_directory}.pitr-lock")
        self.uid = uid
        self.text = {
            "format": 1,
            "kind": "recovery",
            "cluster": "db1",
            "target": TARGET,
            "directory": str(data_directory),
            "process": 2,
            "started": "2026-09-15T13:00:00.000000Z",
            "state": "running",
            "progress": "",
            "values": {},
            "failure": {},
        }

    def forge(self, **changes: Any) -> None:
        """A record of his words."""
        self.record.write_text(json.dumps({**self.text, **changes}), encoding="utf-8")
        os.chown(self.record, self.uid, self.uid)

    @contextmanager
    def holding(self) -> Iterator[None]:
        """His lock is held, and will be for ever."""
        descriptor = os.open(self.lock, os.O_RDWR | os.O_CREAT, 0o666)
        os.chown(self.lock, self.uid, self.uid)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
        os.close(descriptor)

    def clean(self) -> None:
        """Take it all away."""
        for path in (self.record, self.lock):
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            path.unlink(missing_ok=True)


def runs_as_root(run_module: Callable[..., Any], options: dict[str, Any], *, module: str = "recovery") -> Any:
    """How a run of root's ends, which waits for nobody here."""
    done = run_module(module, options, as_root=True, expect_failure=True, timeout_seconds=60)
    assert done.code and "Traceback" not in json.dumps(done.result), done.describe()
    assert "\x1b" not in str(done.result.get("msg")) + str(done.result.get("hint")), done.describe()
    return done


def test_account_gains_nothing_by_what_it_writes_beside_its_data_directory(
    cluster: Cluster, workbench, repository: Path, run_module
) -> None:
    options = archive(workbench, cluster, repository=repository)
    wanted = {key: value for key, value in options.items() if key not in ("agent_path", "config_directory")}
    attacker = Attacker(cluster.data, uid=workbench.os_user.uid)
    with subprocess.Popen(["sleep", "600"]) as bystander:
        plants: dict[str, Callable[[], object]] = {
            "a FIFO as lock": lambda: (attacker.forge(process=bystander.pid), os.mkfifo(attacker.lock)),
            "a directory as record": attacker.record.mkdir,
            "a link as record": lambda: attacker.record.symlink_to("/etc/shadow"),
            "a record of another directory": lambda: attacker.forge(directory="/etc"),
            "a failure that is none": lambda: attacker.forge(state="failed", failure={"x": 1}),
            "a failure in colours": lambda: attacker.forge(state="failed", failure=FAILURE),
            "a failure with Ansible's names": lambda: attacker.forge(
                state="failed", failure={**FAILURE, "values": {"msg": "x", "ansible_facts": {"pitr_agent_path": "/x"}}}
            ),
            "values with Ansible's names": lambda: attacker.forge(
                state="done", values={"ansible_facts": {"pitr_agent_path": "/x"}, "\x1b": 1}
            ),
        }
        try:
            for what, plant in plants.items():
                plant()
                done = runs_as_root(run_module, wanted)
                assert "ansible_facts" not in done.result, what
                attacker.clean()
            assert bystander.poll() is None and cluster.is_running()
        finally:
            bystander.kill()


def test_lock_that_is_held_for_ever_ends_in_words(cluster: Cluster, workbench, repository: Path, run_module) -> None:
    options = {**archive(workbench, cluster, repository=repository), "target_latest": True, "timeout_seconds": 1}
    # Another local user, too, where everybody may write, such as beside a copy in /tmp.
    os.chmod(cluster.data.parent, 0o1777)
    for uid in (workbench.os_user.uid, pwd.getpwnam("nobody").pw_uid):
        attacker = Attacker(cluster.data, uid=uid)
        attacker.forge(kind="restore")
        with attacker.holding():
            runs_as_root(run_module, {**options, "confirm": "db1@latest"}, module="restore")
            cut_off = {"state": "rolled_back", "unfinished_only": True}
            run_module("restore", {**options, **cut_off}, as_root=True, timeout_seconds=60)
        attacker.clean()
