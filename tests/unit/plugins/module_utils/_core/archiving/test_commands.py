# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import shlex

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.archiving.commands import (
    archive_command,
    restore_command,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.configuration_text import quote_guc


def test_default_configuration_is_not_named() -> None:
    command = archive_command("/usr/local/bin/pgpitr", cluster_name="db1", config_directory="/etc/pgpitr/")
    assert command == "/usr/local/bin/pgpitr archive-push --cluster db1 %p"


def test_restore_names_file_and_place() -> None:
    command = restore_command("/usr/local/bin/pgpitr", cluster_name="db1", config_directory="/etc/pgpitr")
    assert command == "/usr/local/bin/pgpitr archive-get --cluster db1 %f %p"
    needed = "000000010000000000000007"
    command = restore_command("/usr/local/bin/pgpitr", cluster_name="db1", config_directory="/etc/pgpitr", until=needed)
    assert command == f"/usr/local/bin/pgpitr archive-get --cluster db1 --until {needed} %f %p"
    command = restore_command("/usr/local/bin/pgpitr", cluster_name="db1", config_directory="/etc/pgpitr", last=needed)
    assert command == f"/usr/local/bin/pgpitr archive-get --cluster db1 --last {needed} %f %p"


@pytest.mark.parametrize("directory", ["/srv/pg pitr", "/srv/it's", '/srv/"x"', "/srv/$HOME", "/srv/100%", "/srv/ä"])
def test_shell_sees_the_paths_as_they_are(directory: str) -> None:
    command = archive_command(f"{directory}/pgpitr", cluster_name="db1", config_directory=directory)
    # What PostgreSQL does with the value before the shell gets it.
    replaced = command.replace("%%", "\0").replace("%p", "pg_wal/0001").replace("\0", "%")
    assert shlex.split(replaced) == [
        f"{directory}/pgpitr",
        "archive-push",
        "--cluster",
        "db1",
        "--config-directory",
        directory,
        "pg_wal/0001",
    ]


def test_name_that_the_shell_would_read_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        restore_command("/x", cluster_name="db1; rm -rf /", config_directory="/etc/pgpitr")
    assert caught.value.code == "invalid-cluster-name"


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("", "''"),
        ("a b", "'a b'"),
        ("it's", "'it''s'"),
        ("back\\slash", "'back\\\\slash'"),
        ("two\nlines", "'two\\nlines'"),
    ],
)
def test_setting_is_quoted_for_a_configuration_file(value: str, quoted: str) -> None:
    assert quote_guc(value) == quoted
