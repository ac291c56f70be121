# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.hba_references import (
    DIRECTORY,
    FILE,
    HbaReference,
    hba_references,
    with_absolute_references,
)


@pytest.mark.parametrize(
    ("text", "references"),
    [
        pytest.param("local all all peer\n", [], id="none"),
        pytest.param("include hba.more\n", [(FILE, "hba.more")], id="a file"),
        pytest.param('include_if_exists "with space"', [(FILE, "with space")], id="one that may be missing"),
        pytest.param("  include_dir\thba.d", [(DIRECTORY, "hba.d")], id="a directory"),
        pytest.param("local @dbs a,@users,b peer\n", [(FILE, "dbs"), (FILE, "users")], id="names in files"),
        pytest.param('local all @"some users" peer', [(FILE, "some users")], id="names in a quoted file"),
        pytest.param('local all "@user" peer', [], id="a user whose name begins so"),
        pytest.param("# include x\nlocal all all peer # @y\n", [], id="comments"),
        pytest.param("host all all samenet ldap ldapbinddn=x@y\n", [], id="inside of a word"),
    ],
)
def test_files_are_found_that_the_server_reads(text: str, references: list[tuple[str, str]]) -> None:
    assert hba_references(text) == tuple(HbaReference(*each) for each in references)


def test_absolute_paths_say_the_same_from_elsewhere() -> None:
    text = 'include_dir hba.d\nlocal all @users,b peer # @no\ninclude "/etc/x"\nlocal all "@u" peer\n'
    moved = with_absolute_references(text, base="/etc/pg")
    assert moved.splitlines() == [
        'include_dir "/etc/pg/hba.d"',
        'local all @"/etc/pg/users",b peer # @no',
        'include "/etc/x"',
        'local all "@u" peer',
    ]
