# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that PostgreSQL's account has chosen type nothing into the terminal in which root works."""

from __future__ import annotations

import os
import pty
import select
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._agent.main import main
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.account import Account
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.door import RootDoor
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.root import START_SERVER, ask_root
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.worker import work_as
from support.root_door import own

pytestmark = [pytest.mark.needs_root, pytest.mark.versions(15)]

# Types a command for the shell that reads next, and leaves a note of how that went.
TYPES = """#!{python} -IS
import fcntl, os, termios
try:
    terminal = os.open("/dev/tty", os.O_RDWR)
    for each in b"touch /became-root\\n":
        fcntl.ioctl(terminal, termios.TIOCSTI, bytes([each]))
    said = "typed"
except OSError as error:
    said = error.strerror
with open("{note}", "a") as note:
    note.write(f"{{os.getuid()}} {{said}}\\n")
"""


def typed_in_roots_terminal(act: Callable[[], object]) -> bytes:
    """What the next to read in a terminal would get after root has done this there."""
    child, terminal = pty.fork()
    if child == 0:
        try:
            act()
            # As the shell does that root goes back to.
            os.write(1, b"\0" + (os.read(0, 100) if select.select([0], [], [], 0.2)[0] else b"") + b"\0")
        finally:
            os._exit(0)
    shown = b""
    deadline = time.monotonic() + 60
    while shown.count(b"\0") < 2 and select.select([terminal], [], [], deadline - time.monotonic())[0]:
        try:
            shown += os.read(terminal, 4096)
        except OSError:
            break
    os.waitpid(child, 0)
    os.close(terminal)
    assert shown.count(b"\0") == 2, shown
    return shown.split(b"\0")[1]


def run_apart(program: str, *arguments: str) -> None:
    """As a shell does: in a process of its own."""
    process = os.fork()
    if process == 0:
        try:
            main([program, *arguments], drops_root=True)
        finally:
            os._exit(0)
    os.waitpid(process, 0)


@pytest.mark.parametrize("way", ["worker", "server", "program"])
def test_what_the_account_starts_has_no_terminal_of_roots(roots: Path, account: Account, way: str) -> None:
    theirs = own(roots / "theirs", account)
    note = theirs / "note"
    for name in ("postgres", "pg_controldata", "psql"):
        (theirs / name).write_text(TYPES.format(python=sys.executable, note=note), encoding="ascii")
        (theirs / name).chmod(0o755)
    (theirs / "PG_VERSION").write_text("15\n", encoding="ascii")
    (theirs / "postgresql.conf").touch()
    for name in ("global", "pg_tblspc"):
        own(theirs / name, account)
    (theirs / "global" / "pg_control").write_bytes(bytes(8192))
    (roots / "db1.conf").write_text(
        f"repository_path = {theirs}\ndata_directory = {theirs}\nbin_directory = {theirs}\nos_user = {account.name}\n",
        encoding="ascii",
    )
    argv = [str(theirs / "postgres")]
    acts: dict[str, Callable[[], object]] = {
        "worker": lambda: work_as(account, lambda: os.spawnv(os.P_WAIT, argv[0], argv), door=RootDoor(account)),
        "server": lambda: work_as(
            account,
            lambda: ask_root(START_SERVER, argv=argv, environment={}, timeout_seconds=30),
            door=RootDoor(account),
        ),
        "program": lambda: run_apart("backup", "--cluster", "db1", "--config-directory", str(roots)),
    }
    assert typed_in_roots_terminal(acts[way]) == b""
    notes = note.read_text(encoding="ascii").splitlines()
    assert set(notes) == {f"{account.uid} No such device or address"}


def test_program_reads_nothing_as_root_where_nobody_is_configured(roots: Path, account: Account, capfd) -> None:
    theirs = own(roots / "theirs", account)
    (roots / "db1.conf").write_text(f"repository_path = {theirs}\n", encoding="ascii")
    run_apart("info", "--config-directory", str(roots))
    assert "nothing is done as root [config-invalid]" in capfd.readouterr().err
