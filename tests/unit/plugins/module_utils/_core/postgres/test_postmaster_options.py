# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.postmaster_options import (
    command_line_settings,
    parse_options_file,
    start_options,
)


def test_quoted_words_may_hold_spaces() -> None:
    text = '/usr/lib/postgresql/15/bin/postgres "-D" "/var/lib/a b" "-c" "config_file=/etc/postgresql.conf"\n'

    words = parse_options_file(text)

    assert words[0] == "/usr/lib/postgresql/15/bin/postgres"
    assert start_options(words[1:]) == ("-c", "config_file=/etc/postgresql.conf")


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        pytest.param(["-D", "/d", "-p", "5433"], ("-p", "5433"), id="data directory"),
        pytest.param(["-D/d", "-k", "/tmp"], ("-k", "/tmp"), id="data directory in the same word"),
        pytest.param(["-c", "data_directory=/d", "-i"], ("-i",), id="data directory as a setting"),
        pytest.param(["--data-directory=/d"], (), id="data directory as a long option"),
        pytest.param(["-D", "/d", "-b", "-c", "fsync=off"], (), id="pg_upgrade"),
        pytest.param([], (), id="nothing"),
    ],
)
def test_later_start_repeats_all_but_the_data_directory(arguments: list[str], kept: tuple[str, ...]) -> None:
    assert start_options(arguments) == kept


def test_settings_of_the_command_line_are_found_in_each_form() -> None:
    arguments = ["-c", "archive_timeout=9", "-cwal_level=logical", "--max-wal-senders=3", "-p", "5433"]

    assert command_line_settings(arguments) == {
        "archive_timeout": "9",
        "wal_level": "logical",
        "max_wal_senders": "3",
    }
