# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module writers, run by root on a repository in which others plant what they like."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.account import Account
from in_a_loop import traded
from registered_cluster import register
from support.module_run import ModuleRun
from support.root_door import own
from support.workbench import Workbench

pytestmark = pytest.mark.needs_root

SECRET = '{"canary-secret": "canary-secret"}\n'


class Withdrawal:
    """The module, and a repository of the account in which two hosts may write."""

    def __init__(self, workbench: Workbench, roots: Path, account: Account) -> None:
        self.workbench, self.roots, self.account = workbench, roots, account
        self.theirs = own(roots / "theirs", account)
        self.repository = own(self.theirs / "repository", account)
        register(self.repository, data_directory=roots / "no data")
        self.folder = self.repository / "db1"
        self.marker = self.folder / "cluster.json"
        self.secret = self.theirs / "secret"
        self.secret.write_text(SECRET, encoding="ascii")
        self.secret.chmod(0o600)
        (roots / "target").mkdir(mode=0o755)
        self.change(lambda writers: writers.append({**writers[0], "hostname": "db9"}))
        self.give()

    def give(self) -> None:
        for path in self.theirs.rglob("*"):
            os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)

    def change(self, act: Callable[[list[dict[str, str]]], object]) -> None:
        """Write another list of writers into the repository."""
        document = json.loads(self.marker.read_text(encoding="utf-8"))
        act(document["writers"])
        self.marker.write_text(json.dumps(document), encoding="utf-8")

    def writers(self) -> list[dict[str, str]]:
        return json.loads(self.marker.read_text(encoding="utf-8"))["writers"]

    def run(self, *, fails: bool | None = None, **options: str) -> ModuleRun:
        given = {
            "name": "db1",
            "os_user": self.account.name,
            "repository_path": str(self.repository),
            "hostname": "db9",
            "data_directory": str(self.roots / "no data"),
        }
        try:
            self.workbench.run_module("writers", {**given, **options}, as_root=True, expect_failure=bool(fails))
        except AssertionError:
            if fails is not None:
                raise
        done = self.workbench.last_run
        assert done is not None and "canary" not in done.describe() and "Traceback" not in done.describe()
        return done

    def link(self, path: Path, target: Path) -> None:
        path.unlink(missing_ok=True)
        path.symlink_to(target)

    def assert_nothing_is_roots(self) -> None:
        assert {path.lstat().st_uid for path in self.theirs.rglob("*")} == {self.account.uid}
        assert list((self.roots / "target").iterdir()) == []
        assert self.secret.read_text(encoding="ascii") == SECRET


@pytest.fixture
def withdrawal(workbench: Workbench, roots: Path, account: Account) -> Withdrawal:
    return Withdrawal(workbench, roots, account)


def move_away(on: Withdrawal) -> None:
    on.folder.rename(on.theirs / "moved")
    on.link(on.folder, on.roots / "target")


PLANTED: dict[str, tuple[Callable[[Withdrawal], object], str]] = {
    "a link to a secret": (lambda on: on.link(on.marker, on.secret), "identity-damaged"),
    "a link to root's": (lambda on: on.link(on.marker, Path("/etc/shadow")), "repository-not-readable"),
    "a FIFO": (lambda on: (on.marker.unlink(), os.mkfifo(on.marker)), "file-not-regular"),
    "a file without end": (lambda on: os.truncate(on.marker, 1 << 40), "file-too-large"),
    "nesting without end": (lambda on: on.marker.write_text("[" * 500_000), "identity-damaged"),
    "a folder by a link to root's": (move_away, "repository-missing"),
    "a lock by a link": (lambda on: on.link(on.folder / ".lock", on.secret), "write-failed"),
    "a lock that is a FIFO": (lambda on: ((on.folder / ".lock").unlink(), os.mkfifo(on.folder / ".lock")), ""),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_root_is_not_led_elsewhere(withdrawal: Withdrawal, planted: str) -> None:
    plant, code = PLANTED[planted]
    plant(withdrawal)
    withdrawal.give()
    done = withdrawal.run()
    assert done.code == code, done.describe()
    withdrawal.assert_nothing_is_roots()


def test_what_somebody_has_written_there_is_told_in_lines(withdrawal: Withdrawal) -> None:
    forged = "/d\n\x1b[2Jok: [db9] => changed"
    withdrawal.change(lambda writers: writers.insert(0, {**writers[0], "data_directory": forged}))
    refused = withdrawal.run(fails=True, hostname="db8\nok: [db9]")
    assert refused.code == "writer-unknown" and "\x1b" not in refused["msg"]
    done = withdrawal.run(fails=False)
    assert all(each.isprintable() for each in done["withdrawn"])
    assert len(done.result["diff"]["before"].splitlines()) == len(done["withdrawn"]) == 2
    assert [each["hostname"] for each in withdrawal.writers()] == ["db9"]
    withdrawal.assert_nothing_is_roots()


def test_who_registers_under_the_name_of_the_successor_does_not_stay_in_its_place(withdrawal: Withdrawal) -> None:
    """As the lost host can, while its key still lets it in."""
    itself = withdrawal.writers()[-1]["machine_id"]
    withdrawal.change(lambda writers: writers.append({**writers[-1], "machine_id": "another"}))
    withdrawal.run(fails=False, machine_id=itself)
    assert [(each["hostname"], each["machine_id"]) for each in withdrawal.writers()] == [("db9", itself)]


def test_file_that_is_exchanged_in_a_loop_is_what_it_was_or_is_left(withdrawal: Withdrawal) -> None:
    link = withdrawal.theirs / "link"
    withdrawal.link(link, withdrawal.secret)
    withdrawal.give()
    with traded(withdrawal.marker, link):
        for _unused in range(2):
            done = withdrawal.run(hostname="db8")
            assert done.code in ("writer-unknown", "identity-damaged"), done.describe()
            done = withdrawal.run()
            assert done.code in ("", "identity-damaged"), done.describe()
    withdrawal.assert_nothing_is_roots()
