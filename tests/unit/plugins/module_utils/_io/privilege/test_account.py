# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts that work may be done as."""

from __future__ import annotations

import pwd

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput, Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.account import (
    account_named,
    account_of_uid,
    first_account,
    uid_of,
)

SOMEBODY = next(entry for entry in pwd.getpwall() if entry.pw_uid != 0)


def test_account_by_name() -> None:
    found = account_named(SOMEBODY.pw_name)
    assert (found.uid, found.gid, found.home) == (SOMEBODY.pw_uid, SOMEBODY.pw_gid, SOMEBODY.pw_dir)


def test_root_is_nobodys_account() -> None:
    """Whoever names root, or makes a directory that is root's, does not get root's rights."""
    with pytest.raises(Refused) as caught:
        account_named("root")
    assert caught.value.code == "os-user-is-root"
    assert account_of_uid(0) is None


def test_unknown_user_is_told() -> None:
    with pytest.raises(InvalidInput) as caught:
        account_named("nobody-has-this-name")
    assert caught.value.code == "os-user-unknown"
    assert account_of_uid(2**31 - 7) is None


def test_first_of_several() -> None:
    assert first_account("nobody-has-this-name", SOMEBODY.pw_name) == account_named(SOMEBODY.pw_name)
    assert first_account("nobody-has-this-name") is None
    assert (uid_of("root"), uid_of("nobody-has-this-name")) == (0, None)
