# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`pgpitr copy`, typed by root: from a repository in which somebody else plants what he likes, only data is carried."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent.main import main
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.account import Account
from in_a_loop import traded
from support.root_door import own
from two_repositories import NAMES, TwoRepositories
from verify_repository import FULL, write_backup

pytestmark = pytest.mark.needs_root

SECRET = b"canary-secret"
SEGMENTS = "wal/00000001/00000000"
BIG_BYTES = 1 << 43


class Copies:
    """Two repositories of the account, a secret that it alone may read, and a directory that is root's."""

    def __init__(self, roots: Path, account: Account) -> None:
        self.roots, self.account = roots, account
        self.theirs = own(roots / "theirs", account)
        two = TwoRepositories(self.theirs)
        two.store(two.near, 3, 4)
        write_backup(two.near)
        self.near, self.far = Path(two.near.path), Path(two.far.path)
        self.secret = self.theirs / "secret"
        self.secret.write_bytes(SECRET)
        self.packed = self.theirs / "packed"
        self.packed.write_bytes(gzip.compress(SECRET, 0))
        lines = [f"{key} = {value}" for key, value in two.configuration().items() if value]
        (roots / "db1.conf").write_text("\n".join([*lines, f"os_user = {account.name}\n"]), encoding="ascii")
        (roots / "target").mkdir(mode=0o755)
        self.give()

    def give(self) -> None:
        """All of it is the account's."""
        for path in self.theirs.rglob("*"):
            os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)
        for path in (self.secret, self.packed):
            path.chmod(0o600)

    def copy(self) -> int:
        """The exit code of the command, which runs as in a shell of root's."""
        process = os.fork()
        if process == 0:
            code = 99
            try:
                code = main(["copy", "--cluster", "db1", "--config-directory", str(self.roots)], drops_root=True)
            finally:
                os._exit(code)
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])

    def link(self, key: str, target: Path, *, into: Path | None = None) -> None:
        path = (into or self.near) / key
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        path.symlink_to(target)

    def fifo(self, key: str) -> None:
        (self.near / key).unlink(missing_ok=True)
        os.mkfifo(self.near / key)

    def grow(self) -> None:
        """An archive of 8 TiB that takes no room, which its record tells of."""
        folder = self.near / "backups" / FULL
        record = json.loads((folder / "backup.json").read_text())
        grown = BIG_BYTES - (folder / "base.tar.gz").stat().st_size
        os.truncate(folder / "base.tar.gz", BIG_BYTES)
        (folder / "backup.json").write_text(json.dumps({**record, "stored_bytes": record["stored_bytes"] + grown}))

    def misname(self) -> None:
        """Names that are none, before the first segment."""
        for name in (f"{NAMES[1]}\n", "\x1b[2J", f"{NAMES[2]}.gz\nnear to far: nothing is missing"):
            (self.near / SEGMENTS / name).write_bytes(SECRET)
        (self.near / "wal" / "..\n").mkdir()

    def told(self) -> list[str]:
        """Where the secret can be read besides its own files."""
        files = [path for path in (*self.far.rglob("*"), *(self.roots / "target").rglob("*")) if path.is_file()]
        return [str(path) for path in files if SECRET in path.read_bytes()]

    def strange(self) -> list[str]:
        """What is not the account's in its directory, or is anything in root's."""
        below = [path for path in self.theirs.rglob("*") if path.lstat().st_uid != self.account.uid]
        return [*map(str, below), *map(str, (self.roots / "target").iterdir())]


@pytest.fixture
def copies(roots: Path, account: Account, monkeypatch: pytest.MonkeyPatch) -> Copies:
    monkeypatch.setenv("TMPDIR", "/tmp")
    return Copies(roots, account)


BACKUP = f"backups/{FULL}"
# What is planted, what is told, and whether the backup and the WAL come all the same.
PLANTED: dict[str, tuple[Callable[[Copies], object], str, bool, bool]] = {
    "pins by a link": (lambda on: on.link(f"{BACKUP}/pinned.json", on.secret), "is a link", False, True),
    "origin by a link": (lambda on: on.link(f"{BACKUP}/origin.json", on.secret), "is a link", False, True),
    "pins by a link to root's": (
        lambda on: on.link(f"{BACKUP}/pinned.json", Path("/etc/shadow")),
        "repository-not-readable",
        False,
        True,
    ),
    "archive by a link": (lambda on: on.link(f"{BACKUP}/base.tar.gz", on.packed), "are recorded", False, True),
    "record by a link": (lambda on: on.link(f"{BACKUP}/backup.json", on.secret), "no backups", False, True),
    "history by a link": (
        lambda on: on.link("wal/00000002/00000002.history.gz", on.packed),
        "is a link",
        True,
        True,
    ),
    "first segment by a link": (
        lambda on: on.link(f"{SEGMENTS}/{NAMES[2]}.gz", on.packed),
        "is a link",
        True,
        True,
    ),
    "a FIFO that comes first": (lambda on: on.fifo(f"{SEGMENTS}/{NAMES[2]}.gz"), "not a regular file", True, True),
    "a FIFO for pins": (lambda on: on.fifo(f"{BACKUP}/pinned.json"), "not a regular file", False, True),
    "names with line breaks": (lambda on: on.misname(), "near to far: 2 WAL files", True, True),
    "an archive without end": (lambda on: on.grow(), "are needed", False, True),
    "a way out of the target": (
        lambda on: on.link(BACKUP, on.roots / "target", into=on.far),
        "repository-not-writable",
        False,
        True,
    ),
    "a way out for WAL": (
        lambda on: on.link("wal", on.roots / "target", into=on.far),
        "repository-not-writable",
        False,
        False,
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_nothing_but_the_clusters_data_is_carried(copies: Copies, planted: str, capfd: pytest.CaptureFixture) -> None:
    plant, words, has_backup, has_wal = PLANTED[planted]
    plant(copies)
    copies.give()
    copies.copy()
    said = "".join(capfd.readouterr())
    assert words in said and "Traceback" not in said and "\x1b" not in said, said
    assert (copies.far / BACKUP / "backup.json").exists() == has_backup, said
    assert (copies.far / SEGMENTS / f"{NAMES[4]}.gz").exists() == has_wal, said
    assert copies.told() == [] and SECRET.decode() not in said
    assert copies.strange() == []


def test_file_that_is_exchanged_in_a_loop_is_never_what_the_link_leads_to(copies: Copies, capfd) -> None:
    """By somebody who may rename in the repository, while the command looks and reads."""
    pins, link = copies.near / BACKUP / "pinned.json", copies.theirs / "link"
    pins.write_text("[]\n", encoding="ascii")
    link.symlink_to(copies.secret)
    copies.give()
    with traded(pins, link):
        for _unused in range(4):
            copies.copy()
            assert copies.told() == []
            shutil.rmtree(copies.far / "backups", ignore_errors=True)
    said = "".join(capfd.readouterr())
    assert SECRET.decode() not in said and "Traceback" not in said
