# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of a worker that was taken over."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._ansible.worker.answer import (
    check_choice,
    check_own_directory,
    check_result,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.account import Account

CODE = "answer-not-trusted"


@pytest.mark.parametrize(
    "name",
    [
        "ansible_facts",
        "ansible_stats",
        "ansible_become_password",
        "add_host",
        "add_group",
        "_ansible_no_log",
        "_ansible_facts_cacheable",
        "invocation",
        "Changed",
        "",
        "a\nb",
    ],
)
def test_result_has_nothing_that_ansible_obeys(name: str) -> None:
    with pytest.raises(Refused) as caught:
        check_result({"backups": [], name: {"pitr_agent_path": "/etc/cron.d/x"}})
    assert caught.value.code == CODE


def test_result_has_values() -> None:
    check_result({"already": False, "version_17": 1, "text": "ansible_facts"})


@pytest.mark.parametrize("chosen", ["/tmp/python3", "", "/usr/bin/python3\n", "/usr/bin/../bin/python3"])
def test_choice_is_one_of_those_that_were_offered(chosen: str) -> None:
    with pytest.raises(Refused) as caught:
        check_choice(chosen, among=["/usr/bin/python3"])
    assert caught.value.code == CODE
    assert check_choice("/usr/bin/python3", among=["/usr/bin/python3"]) == "/usr/bin/python3"


def test_directory_is_the_accounts_own(tmp_path: Path) -> None:
    uid = os.stat(tmp_path).st_uid
    own, other = (Account("x", each, each, home="/") for each in (uid, uid + 1))
    (tmp_path / "file").touch()
    check_own_directory(str(tmp_path), account=own)
    for path, account in (
        (str(tmp_path), other),
        (f"{tmp_path}/file", own),
        (f"{tmp_path}/missing", own),
        ("data", own),
        ("/x\0y", own),
    ):
        with pytest.raises(Refused) as caught:
            check_own_directory(path, account=account)
        assert caught.value.code == CODE
