# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line by which the repository's host lets a database host's key in, whatever that host says its key is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.privilege.account import Account
from support.places import CHECKOUT
from support.root_door import own
from support.workbench import Workbench

TASKS = CHECKOUT / "roles" / "pitr_repository" / "tasks" / "prepare_host.yml"
OPTIONS = 'restrict,command="/usr/local/bin/pgpitr serve --cluster db1"'
COMMENT = "pgpitr db1@db1"
LINE = f"{OPTIONS} ssh-ed25519 AAAA {COMMENT}"


def let_in(workbench: Workbench, public_key: str, *, home: Path) -> list[str]:
    """The lines of the file after the role's own task has run."""
    block = next(task["block"] for task in yaml.safe_load(TASKS.read_text(encoding="utf-8")) if "block" in task)
    (task,) = (task for task in block if "ansible.builtin.lineinfile" in task)
    options: dict[str, Any] = task["ansible.builtin.lineinfile"]
    for name in ("owner", "group"):
        # The test's user gives nothing away.
        del options[name]
    variables = {
        "pitr_repository_home": str(home),
        "pitr_repository_key": {"public_key": public_key},
        "pitr_repository_key_options": OPTIONS,
        "pitr_repository_key_comment": COMMENT,
    }
    play = [{"name": "Let in", "hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": [task]}]
    book = workbench.directory / "let-in.yml"
    book.write_text(json.dumps(play), encoding="utf-8")
    workbench.run_playbook(str(book), inventory={"localhost": {}})
    return (home / ".ssh" / "authorized_keys").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    "public_key",
    [
        pytest.param(f"ssh-ed25519 AAAA {COMMENT}", id="as it is made"),
        pytest.param(f"ssh-ed25519 AAAA {COMMENT}\nssh-ed25519 BBBB thief", id="a second key"),
        pytest.param('ssh-ed25519 AAAA x\r\ncommand="sh" ssh-ed25519 BBBB thief', id="a second key with a command"),
        pytest.param("ssh-ed25519\nAAAA\nssh-ed25519 BBBB", id="a break in the key"),
        pytest.param("\n\nssh-ed25519 AAAA other@comment", id="breaks before it"),
    ],
)
def test_key_is_let_in_by_one_line_with_its_command(workbench: Workbench, public_key: str) -> None:
    home = workbench.make_directory("home")
    workbench.os_user.own(home)
    (home / ".ssh").mkdir()
    workbench.os_user.own(home / ".ssh")
    assert let_in(workbench, public_key, home=home) == [LINE]
    assert let_in(workbench, f"ssh-ed25519 AAAA {COMMENT}", home=home) == [LINE]


def test_rehearsal_has_a_line_without_a_key(workbench: Workbench) -> None:
    home = workbench.make_directory("home")
    (home / ".ssh").mkdir()
    workbench.os_user.own(home / ".ssh")
    assert let_in(workbench, "", home=home) == [f"{OPTIONS} (made in a real run) {COMMENT}"]


@pytest.mark.needs_root
@pytest.mark.parametrize("lies", ["a link", "a link above", "another's", "full"])
def test_directory_of_roots_is_not_given_away_as_a_repository(
    workbench: Workbench, roots: Path, account: Account, lies: str
) -> None:
    """A user of the repository's host controls the directory above the one that is named."""
    target, above = roots / "target", own(roots / "above", account)
    (target / "repository").mkdir(parents=True)
    (above / "a").symlink_to(target / "repository")
    (above / "b").symlink_to(target)
    (above / "repository").mkdir()
    path = {
        "a link": above / "a",
        "a link above": above / "b" / "repository",
        "another's": above / "repository",
        "full": target,
    }[lies]
    options = {"name": "db1", "repository_path": str(path), "part": "repository", "os_user": "daemon"}
    refused = workbench.run_module("agent", options, as_root=True, expect_failure=True)
    assert refused.code == "place-not-trusted"
    for each in (target, target / "repository", above / "repository"):
        assert (each.stat().st_uid, each.stat().st_mode & 0o777) == (0, 0o755)


@pytest.mark.needs_root
def test_directory_of_a_repository_is_made_or_given_to_its_account(workbench: Workbench, roots: Path) -> None:
    (roots / "mounted" / "lost+found").mkdir(parents=True)
    for path in (roots / "new" / "repository", roots / "mounted"):
        options = {"name": "db1", "repository_path": str(path), "part": "repository", "os_user": "daemon"}
        assert workbench.run_module("agent", options, as_root=True, check=True).changed
        assert not path.exists() or path.owner() == "root"
        assert workbench.run_module("agent", options, as_root=True).changed
        assert (path.owner(), path.stat().st_mode & 0o777) == ("daemon", 0o700)
        assert not workbench.run_module("agent", options, as_root=True).changed
    assert ((roots / "new").owner(), (roots / "mounted" / "lost+found").owner()) == ("root", "root")
