# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What root does for a worker that has been taken over: nothing by which it would gain anything."""

from __future__ import annotations

import os
import pwd
import threading
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.worker.working_account import (
    door_of,
    working_account,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege import root as operations
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.account import Account
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.door import RootDoor
from support.root_door import let_write, own, refusal

SYSTEM = ("ValueError", "FileNotFoundError", "NotADirectoryError", "PermissionError", "OSError")
pytestmark = [pytest.mark.needs_root, pytest.mark.versions(15)]


@pytest.fixture
def door(account: Account) -> RootDoor:
    return RootDoor(account)


def test_own_data_directory_trades_places_in_a_directory_of_roots(
    roots: Path, account: Account, door: RootDoor
) -> None:
    data = own(roots / "data", account)
    (data / "PG_VERSION").write_text("18\n", encoding="ascii")
    new, old = f"{data}.pitr-new", f"{data}.pitr-old"

    door.serve(operations.MAKE_DIRECTORY, {"path": new})
    door.serve(operations.RENAME, {"source": str(data), "destination": old})
    door.serve(operations.RENAME, {"source": new, "destination": str(data)})
    door.serve(operations.WRITE_FILE, {"path": f"{data}.pitr-journal.json", "text": "{}"})
    door.serve(operations.MAKE_LOCK, {"path": f"{data}.pitr-lock"})

    assert sorted(os.listdir(roots)) == ["data", "data.pitr-journal.json", "data.pitr-lock", "data.pitr-old"]
    for path in roots.iterdir():
        assert path.stat().st_uid == account.uid
        assert path.stat().st_mode & 0o077 == 0 or path.name.endswith("old")
    door.serve(operations.REMOVE_FILE, {"path": f"{data}.pitr-lock"})
    door.serve(operations.REMOVE_FILE, {"path": f"{data}.pitr-journal.json"})
    door.serve(operations.REMOVE_DIRECTORY, {"path": str(data)})
    assert (roots / "data.pitr-old" / "PG_VERSION").exists()


@pytest.mark.parametrize("name", ["pam.d", "pam.d.pitr-new", "pam.d.pitr-old"])
def test_directory_of_roots_stays_where_it_is(roots: Path, door: RootDoor, name: str) -> None:
    """As when pg_wal is a link to it."""
    (roots / name).mkdir()
    assert refusal(door, operations.RENAME, source=str(roots / name), destination=f"{roots}/x.pitr-old") == (
        "place-not-trusted"
    )
    assert refusal(door, operations.REMOVE_DIRECTORY, path=str(roots / name)) == "place-not-trusted"
    assert refusal(door, operations.MAKE_DIRECTORY, path=f"{roots}/pam.d.pitr-undone") == "place-not-trusted"
    assert os.listdir(roots) == [name]


@pytest.mark.parametrize("operation", [operations.MAKE_DIRECTORY, operations.GIVE_DIRECTORY])
@pytest.mark.parametrize(
    "path", ["/etc/cron.d/x", "/etc/passwd", "/etc", "/", "/proc/1/cwd/etc/x", "//etc/x", "/etc/../etc/x", "etc/x"]
)
def test_places_that_nobody_named_are_left_alone(door: RootDoor, operation: str, path: str) -> None:
    before = os.stat("/etc").st_uid, os.path.lexists("/etc/x"), os.path.lexists("/etc/cron.d/x")
    assert refusal(door, operation, path=path) in (
        "place-not-trusted",
        "ValueError",
        "FileNotFoundError",
        "PermissionError",
    )
    assert (os.stat("/etc").st_uid, os.path.lexists("/etc/x"), os.path.lexists("/etc/cron.d/x")) == before


def test_names_of_other_kinds_are_left_alone(roots: Path, account: Account, door: RootDoor) -> None:
    """A hard link, a FIFO, a link, and names with a line break, beside a directory of the account."""
    data = own(roots / "data", account)
    secret = roots / "secret"
    secret.write_text("secret", encoding="ascii")
    for number, suffix in enumerate((".pitr-old", ".pitr-new")):
        path = f"{data}{suffix}"
        (os.link if number else os.symlink)(secret, path)
        assert refusal(door, operations.RENAME, source=path, destination=f"{data}.pitr-undone") == "place-not-trusted"
        assert refusal(door, operations.GIVE_DIRECTORY, path=str(secret)) == "place-not-trusted"
        os.unlink(path)
    os.mkfifo(f"{data}.pitr-old")
    assert refusal(door, operations.REMOVE_DIRECTORY, path=f"{data}.pitr-old") == "place-not-trusted"
    assert refusal(door, operations.WRITE_FILE, path=f"{roots}/x\n.pitr-journal.json", text="") == "place-not-trusted"
    assert refusal(door, operations.WRITE_FILE, path=str(secret), text="") == "place-not-trusted"
    assert secret.read_text(encoding="ascii") == "secret"
    assert secret.stat().st_uid == 0


def test_journal_and_lock_replace_no_link(roots: Path, account: Account, door: RootDoor) -> None:
    data = own(roots / "data", account)
    (roots / "secret").write_text("secret", encoding="ascii")
    journal = f"{data}.pitr-journal.json"
    os.symlink(roots / "secret", journal)
    assert refusal(door, operations.WRITE_FILE, path=journal, text="{}") == "place-not-trusted"
    os.symlink(roots / "made", f"{data}.pitr-lock")
    assert refusal(door, operations.MAKE_LOCK, path=f"{data}.pitr-lock") == "place-not-trusted"
    assert not (roots / "made").exists()
    assert (roots / "secret").read_text(encoding="ascii") == "secret"


def test_directory_that_the_account_controls_is_its_own_business(roots: Path, account: Account, door: RootDoor) -> None:
    above = own(roots / "above", account)
    own(above / "data", account)
    assert refusal(door, operations.MAKE_DIRECTORY, path=f"{above}/data.pitr-new") == "place-not-trusted"
    above.chmod(0o1777)
    os.chown(above, 0, 0)
    assert refusal(door, operations.MAKE_DIRECTORY, path=f"{above}/data.pitr-new") == "place-not-trusted"


def test_directory_exchanged_in_a_loop_leads_nowhere(roots: Path, account: Account, door: RootDoor) -> None:
    """The account exchanges a directory above for a link to one of root's while root is asked again and again."""
    above, target = own(roots / "above", account), roots / "target"
    own(above / "real", account)
    own(above / "real" / "data", account)
    (target / "data").mkdir(parents=True)
    (target / "postgresql.conf").write_text(f"data_directory = '{target}/data'\n", encoding="ascii")
    before = sorted(target.rglob("*")), (target / "postgresql.conf").read_text(encoding="ascii")
    ended = threading.Event()

    def exchange() -> None:
        while not ended.is_set():
            os.symlink(target, above / "link")
            os.rename(above / "link", above / "now")
            os.unlink(above / "now")
            os.rename(above / "real", above / "now")
            os.rename(above / "now", above / "real")

    attacker = threading.Thread(target=exchange)
    attacker.start()
    data = f"{above}/now/data"
    asked = (
        (operations.MAKE_DIRECTORY, {"path": f"{data}.pitr-new"}),
        (operations.GIVE_DIRECTORY, {"path": f"{above}/now"}),
        (operations.RENAME, {"source": data, "destination": f"{data}.pitr-old"}),
        (operations.WRITE_FILE, {"path": f"{data}.pitr-journal.json", "text": "{}"}),
        (operations.MAKE_LOCK, {"path": f"{data}.pitr-lock"}),
        (operations.REMOVE_FILE, {"path": f"{data}.pitr-lock"}),
        (operations.REMOVE_DIRECTORY, {"path": data}),
        (operations.REPLACE_CONFIGURATION, {"path": f"{above}/now/postgresql.conf", "text": "archive_mode = on\n"}),
    )
    try:
        for operation, arguments in asked * 500:
            code = refusal(door, operation, **arguments)
            assert code in ("place-not-trusted", "configuration-not-trusted", *SYSTEM), operation
    finally:
        ended.set()
        attacker.join()
    assert (sorted(target.rglob("*")), (target / "postgresql.conf").read_text(encoding="ascii")) == before
    assert target.stat().st_uid == 0


@pytest.mark.parametrize(
    ("kind", "name", "verb"),
    [
        ("systemd", "ssh", "stop"),
        ("systemd", "systemd-journald", "stop"),
        ("systemd", "../x", "start"),
        ("systemd", "--help", "start"),
        ("systemd", "x;reboot", "start"),
        ("systemd", "postgresql@15-main\nssh", "stop"),
        ("pg_ctlcluster", "15/../../x", "start"),
        ("pg_ctl", "x", "start"),
        ("systemd", "ssh", "enable"),
    ],
)
def test_service_of_others_is_neither_started_nor_stopped(door: RootDoor, kind: str, name: str, verb: str) -> None:
    code = refusal(door, operations.CONTROL_SERVICE, kind=kind, name=name, verb=verb, timeout_seconds=5)
    assert code in ("service-not-trusted", "program-missing")


@pytest.mark.parametrize("since", ["--since=@1 --file=/etc/shadow", "--file=/etc/shadow", "--since=yesterday"])
def test_log_is_read_of_nothing_else(account: Account, since: str) -> None:
    door = RootDoor(account, services=frozenset({"postgresql"}))
    assert refusal(door, operations.SERVICE_JOURNAL, name="postgresql", since=since, lines=5) == "service-not-trusted"


@pytest.mark.parametrize("operation", ["", "__init__", "serve", "run", "chown"])
def test_nothing_else_is_served(door: RootDoor, operation: str) -> None:
    assert refusal(door, operation, path="/etc/shadow") == "operation-not-trusted"


@pytest.mark.parametrize("path", [["/etc"], {"a": 1}, None, True])
def test_arguments_are_plain(door: RootDoor, path: object) -> None:
    assert refusal(door, operations.MAKE_DIRECTORY, path=path) in (
        "operation-not-trusted",
        "TypeError",
        "AttributeError",
    )


def test_empty_directory_above_the_one_that_was_named_stays_roots(roots: Path, account: Account) -> None:
    """As /opt may be, above a data directory that is lost."""
    (roots / "opt").mkdir()
    named = roots / "opt" / "postgres" / "data"
    door = RootDoor(account, directories=frozenset({str(named)}))
    assert refusal(door, operations.GIVE_DIRECTORY, path=str(roots / "opt")) == "place-not-trusted"
    assert (roots / "opt").stat().st_uid == 0
    door.serve(operations.MAKE_DIRECTORY, {"path": str(named.parent)})
    named.mkdir()
    os.chown(named.parent, 0, 0)
    assert refusal(door, operations.GIVE_DIRECTORY, path=str(named.parent)) == "place-not-trusted"
    door.serve(operations.GIVE_DIRECTORY, {"path": str(named)})
    assert (named.parent.stat().st_uid, named.stat().st_uid) == (0, account.uid)


@pytest.mark.parametrize("way", ["a link", "a link above", "a missing directory"])
@pytest.mark.parametrize("names", ["data_directory", "restore_data_directory", "tablespace_roots", "configuration"])
@pytest.mark.parametrize("by", ["owner", "group", "access list"])
def test_name_whose_way_the_account_controls_opens_no_door(
    roots: Path, account: Account, by: str, way: str, names: str
) -> None:
    above, empty = own(roots / "above", account), roots / "empty"
    if by != "owner":
        let_write(above, account, by=by)
    empty.mkdir()
    named = {
        "a link": above / "data",
        "a link above": above / "link" / "empty",
        "a missing directory": above / "x" / "y",
    }[way]
    (above / "data").symlink_to(empty)
    (above / "link").symlink_to(roots)
    configured = {"os_user": account.name, "data_directory": str(named)} if names == "configuration" else {}
    options = {} if configured else {names: [str(named)] if names == "tablespace_roots" else str(named)}
    door = door_of(options, account, configured=configured, tell=print)
    (above / "x").symlink_to(roots)
    os.chown(above / "x", account.uid, account.gid, follow_symlinks=False)
    for path in (empty, roots / "y"):
        (roots / "y").mkdir(exist_ok=True)
        assert refusal(door, operations.GIVE_DIRECTORY, path=str(path)) == "place-not-trusted"
        assert path.stat().st_uid == 0


def test_nobody_is_led_to_work_as_another_user(roots: Path, account: Account) -> None:
    """PostgreSQL's account has a link to another user's directory in place of its own."""
    theirs, above = roots / "theirs", own(roots / "above", account)
    theirs.mkdir()
    os.chown(theirs, pwd.getpwnam("daemon").pw_uid, 0)
    (above / "data").symlink_to(theirs)
    configured = {"os_user": account.name}
    for name in ("data_directory", "restore_data_directory"):
        led = {"data_directory": None, name: str(above / "data")}
        assert working_account(led, configured=configured) == account
        straight = {"data_directory": None, name: str(theirs)}
        assert working_account(straight, configured=configured).name == "daemon"
    assert working_account({"repository_path": str(above / "data")}, configured=configured) == account
