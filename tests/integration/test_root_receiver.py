# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What root makes for a receiver of WAL lies only where root alone decides, and the account gets nothing of root's."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.account import Account
from in_a_loop import traded
from support.root_door import own
from support.workbench import Workbench

pytestmark = pytest.mark.needs_root


class Receiver:
    """The module, run by root for an account, and places that it is led to: root's, and the account's own."""

    def __init__(self, workbench: Workbench, roots: Path, account: Account) -> None:
        self.workbench = workbench
        self.roots = roots
        self.account = account
        self.target = roots / "target"
        for place in ("bin", "config", "target", "sticky", "full"):
            (roots / place).mkdir(mode=0o755)
        (roots / "sticky").chmod(0o1777)
        (roots / "full" / "secret").write_text("canary-secret")
        program = roots / "bin" / "pg_receivewal"
        program.touch()
        program.chmod(0o755)
        self.own = own(roots / "own", account)

    def run(self, *, fails: bool = False, check: bool = False, **options: Any) -> Any:
        given = {
            "name": "db1",
            "config_directory": str(self.roots / "config"),
            "bin_directory": str(self.roots / "bin"),
            "directory": str(self.roots / "received"),
            "hosts": ["db1"],
            "user": "pgreceive",
            "password": "a secret",
            "os_user": self.account.name,
            "timer_prune": "none",
            "service_manager": "none",
        }
        given.update(options)
        return self.workbench.run_module("wal_receiver", given, as_root=True, expect_failure=fails, check=check)

    def link(self, place: str, target: Path | str) -> Path:
        """A link of the account's."""
        path = self.roots / place
        path.symlink_to(target)
        os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)
        return path

    def everything(self) -> dict[str, tuple[int, int]]:
        """Owner and mode of each name below root's directory."""
        found = {str(path): path.lstat() for path in sorted(self.roots.rglob("*"))}
        return {path: (status.st_uid, status.st_mode) for path, status in found.items()}


@pytest.fixture
def receiver(workbench: Workbench, roots: Path, account: Account) -> Receiver:
    return Receiver(workbench, roots, account)


def test_account_gets_its_directory_and_its_files_and_no_more(receiver: Receiver) -> None:
    before = receiver.everything()
    receiver.run()
    made = {path: found for path, found in receiver.everything().items() if path not in before}
    uid = receiver.account.uid
    assert made == {
        f"{receiver.roots}/config/db1.pg_service": (uid, 0o100600),
        f"{receiver.roots}/config/db1.pgpass": (uid, 0o100600),
        f"{receiver.roots}/received": (uid, 0o040700),
    }
    assert {path: found for path, found in receiver.everything().items() if path in before} == before
    assert not receiver.run().changed
    # A second name that the account gives to its file does not get what is written later.
    kept = receiver.own / "kept"
    os.link(receiver.roots / "config" / "db1.pgpass", kept)
    receiver.run(password="another one")
    assert "another one" not in kept.read_text()


PLANTED: dict[str, tuple[Callable[[Receiver], dict[str, Any]], str]] = {
    "configuration in a directory of the account": (
        lambda on: {"config_directory": str(on.own / "config")},
        "place-not-trusted",
    ),
    "configuration by a link of the account": (
        lambda on: {"config_directory": str(on.link("sticky/config", on.target))},
        "place-not-trusted",
    ),
    "received in a directory of the account": (lambda on: {"directory": str(on.own / "new")}, "place-not-trusted"),
    "received below a link of the account": (
        lambda on: {"directory": f"{on.link('sticky/above', on.target)}/new"},
        "place-not-trusted",
    ),
    "received by a link of the account": (
        lambda on: {"directory": str(on.link("sticky/received", on.target))},
        "place-not-trusted",
    ),
    "received in a sticky directory": (lambda on: {"directory": str(on.roots / "sticky" / "new")}, "place-not-trusted"),
    "a name with a line break": (lambda on: {"directory": f"{on.own}/line\nbreak"}, "place-not-trusted"),
    "a FIFO": (lambda on: {"directory": str(fifo(on.roots / "sticky" / "fifo"))}, "path-not-a-file"),
    "a directory of root's that is not empty": (
        lambda on: {"directory": str(on.roots / "full")},
        "received-directory-foreign",
    ),
    "for root": (lambda on: {"os_user": "root"}, "os-user-is-root"),
    "a cluster's name with a line break": (lambda on: {"name": "db1\n[Service]\nUser=root"}, "invalid-cluster-name"),
    "a cluster's name that leads up": (lambda on: {"name": "../target"}, "invalid-cluster-name"),
    "a value with a line break": (lambda on: {"user": "a\nservicefile=/etc/shadow"}, "stream-value-invalid"),
}


def fifo(path: Path) -> Path:
    os.mkfifo(path)
    return path


@pytest.mark.parametrize("planted", PLANTED)
def test_root_is_not_led_elsewhere(receiver: Receiver, planted: str) -> None:
    plant, code = PLANTED[planted]
    options = plant(receiver)
    before = receiver.everything()
    assert receiver.run(fails=True, **options).code == code
    assert receiver.everything() == before


@pytest.mark.parametrize("path", ["{}", "{}/", "/proc/self/root{}"])
def test_directory_of_the_system_is_given_to_nobody(receiver: Receiver, path: str) -> None:
    """It is root's and empty, as a file system that was just made is."""
    shared = next(each for each in ("/media", "/srv", "/opt", "/mnt", "/home") if os.path.isdir(each))
    refused = receiver.run(fails=True, check=True, directory=path.format(shared))
    assert refused.code in ("received-directory-foreign", "place-not-trusted")


def test_directory_by_a_process_of_the_account_is_not_followed(receiver: Receiver) -> None:
    process = subprocess.Popen(["sleep", "60"], cwd=receiver.own, user=receiver.account.uid)
    try:
        before = receiver.everything()
        assert receiver.run(fails=True, directory=f"/proc/{process.pid}/cwd/new").code == "place-not-trusted"
        assert receiver.everything() == before
    finally:
        process.kill()
        process.wait()


def test_new_file_system_is_given_to_the_account(receiver: Receiver) -> None:
    (receiver.roots / "mounted").mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "none", receiver.roots / "mounted"], check=True)
    try:
        receiver.run(directory=str(receiver.roots / "mounted"))
        found = (receiver.roots / "mounted").stat()
        assert (found.st_uid, found.st_mode & 0o7777) == (receiver.account.uid, 0o700)
    finally:
        subprocess.run(["umount", receiver.roots / "mounted"], check=True)


def test_place_that_is_exchanged_in_a_loop_gets_nothing(receiver: Receiver, account: Account) -> None:
    """A directory of the account and a link to what is root's, where the account may rename them."""
    link = receiver.link("own/link", receiver.target)
    place = own(receiver.own / "place", account)
    with traded(link, place):
        for options in (
            {"directory": f"{place}/new"},
            {"directory": str(place)},
            {"config_directory": str(place)},
        ):
            assert receiver.run(fails=True, **options).code == "place-not-trusted"
    assert list(receiver.target.iterdir()) == [] and receiver.target.stat().st_uid == 0
    assert [*place.iterdir()] == []
