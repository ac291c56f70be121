# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module stream_slot, run by root: who is at the socket or plants files gets neither password nor rights."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.account import Account
from in_a_loop import traded
from support.cluster import Cluster
from support.module_run import ModuleRun
from support.root_door import own
from support.workbench import Workbench

pytestmark = [pytest.mark.needs_root, pytest.mark.versions(15)]

PASSWORD = "canary-password"
# Another user's: asks whoever comes for a password in clear, and notes what he is sent.
FOREIGN = """
import os, socket, sys
listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
listening.listen()
print("ready", flush=True)
while True:
    connection, _peer = listening.accept()
    with open(sys.argv[2], "ab") as note:
        note.write(connection.recv(8192))
        try:
            connection.sendall(b"R\\0\\0\\0\\x08\\0\\0\\0\\x03")
            note.write(connection.recv(8192))
        except OSError:
            pass
"""


class Slot:
    """The module, run by root for a cluster."""

    def __init__(self, workbench: Workbench, cluster: Cluster) -> None:
        self.workbench, self.cluster = workbench, cluster

    def run(self, *, fails: bool = False, **options: object) -> ModuleRun:
        given = {
            "name": "db1",
            "data_directory": str(self.cluster.data),
            "bin_directory": str(self.cluster.installation.bin_directory),
            "login_user": self.cluster.superuser,
            "unbounded": "warn",
        }
        environment = {"PGPASSWORD": PASSWORD}
        done = self.workbench.run_module(
            "stream_slot", {**given, **options}, as_root=True, expect_failure=fails, environment=environment
        )
        assert "Traceback" not in done.describe()
        return done

    def slots(self) -> list[str]:
        return self.cluster.column("SELECT slot_name FROM pg_replication_slots ORDER BY 1")


@pytest.fixture
def slot(workbench: Workbench, cluster: Cluster) -> Slot:
    return Slot(workbench, cluster)


@contextmanager
def foreign_server(socket: Path, *, note: Path, user: Account) -> Iterator[None]:
    """One of another user, at this socket."""
    argv = [sys.executable, "-IS", "-c", FOREIGN, str(socket), str(note)]
    process = subprocess.Popen(argv, user=user.uid, group=user.gid, extra_groups=[], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        yield
    finally:
        process.kill()
        process.wait()
        socket.unlink()


def test_who_is_first_at_the_socket_of_a_server_that_is_down_gets_nothing(
    slot: Slot, roots: Path, account: Account
) -> None:
    """In a directory for everybody's sockets, as /tmp is."""
    cluster = slot.cluster
    cluster.stop()
    everybodys = roots / "everybodys"
    everybodys.mkdir()
    everybodys.chmod(0o1777)
    cluster.configure(unix_socket_directories=str(everybodys))
    note = own(roots / "theirs", account) / "note"
    socket = everybodys / f".s.PGSQL.{cluster.port}"
    with foreign_server(socket, note=note, user=account):
        for options in ({}, {"state": "absent"}):
            refused = slot.run(fails=True, **options)
            assert refused.code == "server-foreign", refused.describe()
    assert not note.exists() or note.read_bytes() == b""
    # One that the account's own files lead to, as after a restart of the host.
    note.unlink(missing_ok=True)
    theirs = note.with_name("sockets")
    own(theirs, account).chmod(0o777)
    (cluster.data / "postmaster.pid").write_text(
        f"{os.getpid()}\n{cluster.data}\n1\n{cluster.port}\n{theirs}\n*\n0 0\nready\n", encoding="utf-8"
    )
    cluster.os_user.own(cluster.data / "postmaster.pid")
    with foreign_server(theirs / socket.name, note=note, user=account):
        refused = slot.run(fails=True)
    assert refused.code in ("server-foreign", "server-down"), refused.describe()
    assert not note.exists() or note.read_bytes() == b""
    (cluster.data / "postmaster.pid").unlink()


# What another user, or PostgreSQL's own, leads root to, by the name of the data directory; and the codes that may come.
PLACES: dict[str, Callable[[Slot, Path], str]] = {
    "a FIFO": lambda slot, theirs: fifo(theirs / "fifo"),
    "a line break": lambda slot, theirs: f"{theirs}/line\nbreak",
    "a directory of another process": lambda slot, theirs: f"/proc/{slot.cluster.postmaster_pid()}/root",
    "root's own": lambda slot, theirs: str(closed(theirs.with_name("closed"))),
    "up and away": lambda slot, theirs: f"{slot.cluster.data}/../../../../../etc",
}


CODES = ("data-directory-missing", "data-directory-invalid", "cluster-missing", "os-user-mismatch")


def closed(path: Path) -> Path:
    path.mkdir(mode=0o700)
    return path


def fifo(path: Path) -> str:
    os.mkfifo(path)
    return str(path)


def test_places_that_are_none_are_told_and_names_are_names(slot: Slot, roots: Path, account: Account) -> None:
    theirs = own(roots / "theirs", account)
    for what, place in PLACES.items():
        refused = slot.run(fails=True, data_directory=place(slot, theirs))
        assert refused.code in CODES, (what, refused.describe())
    for options in (
        {"slot": "pgpitr_x'); DROP TABLE t; --"},
        {"slot": "pgpitr_a\nb"},
    ):
        assert slot.run(fails=True, **options).code == "slot-name-invalid"
    assert slot.run(fails=True, timeout_seconds=10**9, prove=True).code == "option-out-of-range"
    assert slot.run(fails=True, os_user="root").code == "os-user-is-root"
    assert slot.slots() == []
    # Whatever a cluster is called, its slot is one of ours.
    made = slot.run(name="'; SELECT 1\n--")
    assert (made["slot"], slot.slots()) == ("pgpitr____select_1___", ["pgpitr____select_1___"])


def test_owner_of_a_database_does_not_decide_what_a_session_begins_with(slot: Slot) -> None:
    cluster = slot.cluster
    for statement in (
        "CREATE SCHEMA mine",
        "CREATE FUNCTION mine.became(pg_lsn, pg_lsn) RETURNS boolean LANGUAGE plpgsql AS"
        " $$BEGIN RAISE EXCEPTION 'canary'; END$$",
        "CREATE OPERATOR mine.>= (LEFTARG = pg_lsn, RIGHTARG = pg_lsn, FUNCTION = mine.became)",
        "CREATE TYPE mine.pg_lsn AS ENUM ('canary')",
        "CREATE ROLE mallory",
    ):
        cluster.sql(statement)
    for setting in (
        "search_path = mine, pg_catalog",
        "statement_timeout = 1",
        "default_transaction_read_only = on",
        "role = 'mallory'",
    ):
        cluster.sql(f"ALTER DATABASE postgres SET {setting}", database="template1")
    assert slot.run()["steps"] == ["create replication slot pgpitr_db1"]
    assert slot.run(fails=True, prove=True, timeout_seconds=1).code == "not-streaming"
    assert slot.run(state="absent").changed and not slot.run(state="absent").changed


def test_directory_that_is_exchanged_in_a_loop_gives_nobody_rights(slot: Slot, roots: Path, account: Account) -> None:
    """Another user's files that look like a cluster, with programs that tell as whom they were started."""
    theirs = own(roots / "theirs", account)
    data, programs, canary = theirs / "data", theirs / "bin", theirs / "canary"
    for directory in (data, data / "global", data / "pg_tblspc", programs):
        own(directory, account)
    (data / "PG_VERSION").write_text("15\n", encoding="ascii")
    (data / "global" / "pg_control").write_bytes(bytes(8192))
    for name in ("postgres", "pg_controldata", "pg_ctl", "psql"):
        (programs / name).write_text(f'#!/bin/sh\nid -u >> "{canary}"\n', encoding="ascii")
        (programs / name).chmod(0o755)
    link = theirs / "link"
    link.symlink_to(slot.cluster.data)
    canary.touch(mode=0o666)
    canary.chmod(0o666)
    with traded(data, link):
        for _unused in range(4):
            done = slot.workbench.run_module(
                "stream_slot",
                {"name": "db1", "data_directory": str(data), "bin_directory": str(programs)},
                as_root=True,
                expect_failure=True,
            )
            assert "Traceback" not in done.describe()
    # Theirs, and PostgreSQL's own where the administrator named these programs for it.
    allowed = {account.uid, pwd.getpwnam(slot.cluster.os_user.name).pw_uid}
    assert {int(line) for line in canary.read_text(encoding="ascii").split()} <= allowed
    assert slot.slots() == []
