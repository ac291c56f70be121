# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Root's own configuration files: changed for the account whose cluster they belong to, and only for archiving."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege import root as operations
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.account import Account
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.door import RootDoor
from support.root_door import own, refusal

pytestmark = [pytest.mark.needs_root, pytest.mark.versions(15)]


@pytest.fixture
def door(account: Account) -> RootDoor:
    return RootDoor(account)


def configuration(roots: Path, account: Account, text: str = "port = 5432\n") -> Path:
    """The main file of a cluster of the account's."""
    if not (roots / "data").exists():
        own(roots / "data", account)
    path = roots / "postgresql.conf"
    text = f"data_directory = '{roots}/data'\n{text}"
    path.write_text(text, encoding="ascii")
    path.chmod(0o644)
    return path


def test_archive_settings_are_written_into_roots_own_configuration(
    roots: Path, account: Account, door: RootDoor
) -> None:
    path = configuration(roots, account, "port = 5432 # here\narchive_mode = off")
    settings = "port = 5432 # here\narchive_mode = on\narchive_command = 'pgpitr \"%p\"'\n"
    text = f"data_directory = '{roots}/data'\n{settings}"
    door.serve(operations.REPLACE_CONFIGURATION, {"path": str(path), "text": text})
    assert path.read_text(encoding="ascii") == text
    assert (path.stat().st_uid, stat.S_IMODE(path.stat().st_mode)) == (0, 0o644)


@pytest.mark.parametrize(
    "text",
    [
        "port = 5433\n",
        "port = 5432\nshared_preload_libraries = 'x'\n",
        "port = 5432\narchive_mode = on # \\\nlocal_preload_libraries = x\n",
        "",
        "port = 5432\narchive_command = 'a'\rb\n",
        "port = 5432\ninclude 'x'\n",
    ],
)
def test_nothing_else_is_written_into_it(roots: Path, account: Account, door: RootDoor, text: str) -> None:
    path = configuration(roots, account)
    before = path.read_text(encoding="ascii")
    text = before.replace("port = 5432\n", text)
    assert refusal(door, operations.REPLACE_CONFIGURATION, path=str(path), text=text) == "configuration-not-trusted"
    assert path.read_text(encoding="ascii") == before


@pytest.mark.parametrize(
    "says", ["another's", "nothing", "relative", "escaped", "commented", "later another's", "its own"]
)
def test_configuration_of_another_users_cluster_is_left_alone(
    roots: Path, account: Account, door: RootDoor, says: str
) -> None:
    """A link in the account's own configuration, or an included file, leads to any file of root's."""
    path, foreign = configuration(roots, account, ""), roots / "foreign"
    foreign.mkdir()
    own_line, others_line = path.read_text(encoding="ascii"), f"data_directory = '{foreign}'\n"
    text = {
        "another's": others_line,
        "nothing": "port = 5432\n",
        "relative": "data_directory = 'data'\n",
        "escaped": own_line.replace("/data'", "/d\\141ta'"),
        "commented": f"#{own_line}",
        "later another's": own_line + others_line,
        "its own": others_line + own_line,
    }[says]
    path.write_text(text, encoding="ascii")
    (roots / "conf.d").mkdir()
    included = roots / "conf.d" / "a.conf"
    for each in (path, included):
        each.touch()
        before = each.read_text(encoding="ascii")
        arguments = {"path": str(each), "text": f"{before}archive_command = 'x'\n"}
        if says == "its own":
            door.serve(operations.REPLACE_CONFIGURATION, arguments)
            continue
        assert refusal(door, operations.REPLACE_CONFIGURATION, **arguments) == "configuration-not-trusted"
        assert each.read_text(encoding="ascii") == before


def test_main_file_tells_whose_the_included_ones_are(roots: Path, account: Account, door: RootDoor) -> None:
    """The account's own file in a directory of root's does; one that anybody else can change does not."""
    main = configuration(roots, account, "")
    (roots / "conf.d").mkdir()
    included = roots / "conf.d" / "a.conf"
    included.touch(mode=0o644)
    arguments = {"path": str(included), "text": "archive_command = 'x'\n"}
    for owner, mode in ((1, 0o644), (0, 0o666), (account.uid, 0o666)):
        os.chown(main, owner, 0)
        main.chmod(mode)
        assert refusal(door, operations.REPLACE_CONFIGURATION, **arguments) == "configuration-not-trusted"
    os.chown(main, account.uid, 0)
    main.chmod(0o600)
    door.serve(operations.REPLACE_CONFIGURATION, arguments)
    assert included.read_text(encoding="ascii") == "archive_command = 'x'\n"


def test_file_of_another_kind_is_no_configuration(roots: Path, account: Account, door: RootDoor) -> None:
    conf = configuration(roots, account)
    before = conf.read_text(encoding="ascii")
    text = "archive_mode = on\n"
    refused = {"configuration-not-trusted"}
    assert {refusal(door, operations.REPLACE_CONFIGURATION, path="/etc/ld.so.conf", text=text)} == refused
    assert {refusal(door, operations.REPLACE_CONFIGURATION, path="/etc/passwd", text=text)} == refused
    os.link(conf, roots / "hard.conf")
    assert {refusal(door, operations.REPLACE_CONFIGURATION, path=str(conf), text=text)} == refused
    os.unlink(roots / "hard.conf")
    os.mkfifo(roots / "fifo.conf")
    assert {refusal(door, operations.REPLACE_CONFIGURATION, path=f"{roots}/fifo.conf", text=text)} == refused
    above = own(roots / "above", account)
    (above / "conf.d").symlink_to(roots)
    assert {
        refusal(door, operations.REPLACE_CONFIGURATION, path=f"{above}/conf.d/postgresql.conf", text=text)
    } == refused
    assert conf.read_text(encoding="ascii") == before
