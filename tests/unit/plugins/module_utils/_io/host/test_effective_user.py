# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom a process acts as; changing it for real takes root and is tried by the integration tests."""

from __future__ import annotations

import os
import pwd

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput, PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.effective_user import acting_as, as_root


def test_own_user_needs_no_change() -> None:
    before = (os.geteuid(), os.getegid(), os.getgroups())
    with acting_as(pwd.getpwuid(os.geteuid()).pw_name):
        assert (os.geteuid(), os.getegid(), os.getgroups()) == before


def test_unknown_user_is_told() -> None:
    with pytest.raises(InvalidInput) as caught, acting_as("nobody-has-this-name"):
        pytest.fail("it went on as somebody else")
    assert caught.value.code == "os-user-unknown"


def test_other_user_is_acted_as_by_root_and_refused_to_all_others() -> None:
    before = (os.geteuid(), os.getegid(), sorted(os.getgroups()))
    other = pwd.getpwnam("nobody")
    try:
        with acting_as("nobody"):
            assert os.getuid() == 0
            assert (os.geteuid(), os.getegid()) == (other.pw_uid, other.pw_gid)
            with as_root():
                assert os.geteuid() == 0
            assert os.geteuid() == other.pw_uid
    except PitrError as error:
        assert os.getuid() != 0
        assert error.code == "os-user-mismatch"
    assert (os.geteuid(), os.getegid(), sorted(os.getgroups())) == before
