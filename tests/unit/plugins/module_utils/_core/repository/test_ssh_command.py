# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SSH command that reaches a repository on another host, and what its words mean."""

from __future__ import annotations

import shlex

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.repository_host import RepositoryHost
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.ssh_command import (
    connection_error,
    serve_command,
    ssh_command,
)

KEY = "/var/lib/postgresql/.ssh/pgpitr-db1"
PATH = "/srv/it's here"


def words(host: RepositoryHost, *, key: str = KEY) -> tuple[str, ...]:
    return ssh_command(host, repository_path=PATH, cluster_name="db1", key=key)


def settings(command: tuple[str, ...]) -> dict[str, str]:
    given = [command[index + 1] for index, word in enumerate(command) if word == "-o"]
    return dict(each.split("=", 1) for each in given)


def test_nothing_of_the_accounts_own_configuration_is_read_and_nobody_is_asked() -> None:
    command = words(RepositoryHost("backup1"))
    found = settings(command)
    assert command[:4] == ("ssh", "-F", "none", "-T")
    assert command[-5:-1] == ("-l", "pgpitr", "--", "backup1") and "-p" not in command
    assert (found["BatchMode"], found["StrictHostKeyChecking"], found["IdentitiesOnly"]) == ("yes", "yes", "yes")
    assert found["IdentityFile"] == f'"{KEY}"'
    assert found["UserKnownHostsFile"] == '"/var/lib/postgresql/.ssh/pgpitr_known_hosts"'
    assert found["ControlPath"] == '"/var/lib/postgresql/.ssh/pgpitr-%C"'


def test_another_account_and_port() -> None:
    command = words(RepositoryHost("backup1", user="pitr", port="2222"))
    assert command[-7:-1] == ("-p", "2222", "-l", "pitr", "--", "backup1")


def test_a_name_that_begins_with_a_dash_is_no_option() -> None:
    command = words(RepositoryHost("-oProxyCommand=touch"))
    assert command[command.index("--") + 1] == "-oProxyCommand=touch"


@pytest.mark.parametrize(("directory", "is_shared"), [("/home/x/.ssh", True), ("/" + "long/" * 12, False)])
def test_connections_are_shared_where_the_sockets_path_is_short(directory: str, is_shared: bool) -> None:
    assert ("ControlPath" in settings(words(RepositoryHost("b"), key=f"{directory}/key"))) is is_shared


def test_the_other_end_reads_one_command() -> None:
    command = shlex.split(serve_command(PATH, cluster_name="db1"))
    assert command[1:] == ["serve", "--repository", PATH, "--cluster", "db1", "--append-only"]


@pytest.mark.parametrize(
    ("said", "exit_code", "kind", "code"),
    [
        ("ssh: connect to host b port 22: No route to host", 255, Unavailable, "repository-unreachable"),
        ("ssh: Could not resolve hostname b: Name or service not known", 255, Unavailable, "repository-unreachable"),
        ("Warning\npgpitr@b: Permission denied (publickey).", 255, Refused, "repository-key-refused"),
        ("Host key verification failed.", 255, Refused, "repository-host-unknown"),
        ("sh: 1: /usr/local/bin/pgpitr: not found", 127, Refused, "repository-program-missing"),
        ("", None, Unavailable, "repository-unreachable"),
    ],
)
def test_what_ssh_says_is_told(said: str, exit_code: int | None, kind: type[Exception], code: str) -> None:
    error = connection_error(said, place="pgpitr@b:/srv", reason="the connection ended", exit_code=exit_code)
    assert isinstance(error, kind) and error.code == code and error.hint
    assert (said.splitlines() or ["the connection ended"])[-1] in error.message and "pgpitr@b:/srv" in error.message
