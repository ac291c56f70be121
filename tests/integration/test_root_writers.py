# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may write to a directory by its group or by an access list controls it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.account import Account
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.controllers import ANYONE, controllers_of
from support.root_door import access_list, let_write

pytestmark = [pytest.mark.needs_root, pytest.mark.versions(15)]


@pytest.mark.parametrize("mode", [0o775, 0o2770, 0o1775], ids=oct)
def test_whose_own_group_may_write(roots: Path, account: Account, mode: int) -> None:
    """As Debian's /var/log/postgresql is root's and the group postgres', which has no members but that user."""
    (roots / "above" / "data").mkdir(parents=True)
    let_write(roots / "above", account, by="group")
    (roots / "above").chmod(mode)
    assert account.uid in controllers_of(str(roots / "above" / "missing"))
    # In a sticky directory an entry is its owner's.
    assert (account.uid in controllers_of(str(roots / "above" / "data"))) is (mode != 0o1775)


def test_owner_is_not_another_one_by_the_group(roots: Path, account: Account) -> None:
    os.chown(roots, account.uid, account.gid)
    roots.chmod(0o750)
    assert controllers_of(str(roots)) == {0, account.uid}


def test_group_without_users_lets_nobody_write(roots: Path) -> None:
    """As Debian's staff, which /usr/local belongs to."""
    os.chown(roots, 0, 50)
    roots.chmod(0o2775)
    assert controllers_of(str(roots / "x")) == {0}


def test_group_of_a_directory_service_may_be_anyones(roots: Path) -> None:
    os.chown(roots, 0, 3_999_999)
    roots.chmod(0o775)
    assert ANYONE in controllers_of(str(roots / "x"))


@pytest.mark.parametrize("is_file", [False, True], ids=["directory", "file"])
def test_access_list(roots: Path, account: Account, is_file: bool) -> None:
    place = roots / "place"
    if is_file:
        place.touch()
    else:
        place.mkdir()
    os.setxattr(place, "system.posix_acl_access", access_list(account.uid))
    assert ANYONE in controllers_of(str(place))
    # The mask of the list: whoever is in it may read.
    place.chmod(0o755)
    assert controllers_of(str(place)) == {0}
