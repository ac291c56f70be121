# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values in systemd's syntax."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.schedule.unit_syntax import (
    unit_command,
    unit_path,
    unit_value,
    unit_word,
)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        pytest.param("/srv/pitr", "/srv/pitr", id="plain"),
        pytest.param("/srv/my backups", '"/srv/my backups"', id="space"),
        pytest.param("/srv/100%/%h", '"/srv/100%%/%%h"', id="percent"),
        pytest.param('/srv/"new"', '"/srv/\\"new\\""', id="double quote"),
        pytest.param("/srv/it's", '"/srv/it\'s"', id="single quote"),
        pytest.param("/srv/a\\b", '"/srv/a\\\\b"', id="backslash"),
        pytest.param("/srv/Müller", '"/srv/Müller"', id="letters of other languages"),
        pytest.param("/srv;rm", '"/srv;rm"', id="semicolon"),
        pytest.param("", '""', id="nothing"),
    ],
)
def test_word(text: str, word: str) -> None:
    assert unit_word(text) == word


@pytest.mark.parametrize("text", ["/srv/a\nExecStartPre=/bin/false", "/srv/\udcff", "/srv/\x00", "/srv/\t"])
def test_what_a_unit_file_cannot_hold_is_refused(text: str) -> None:
    for form in (unit_word, unit_value):
        with pytest.raises(InvalidInput) as caught:
            form(text)
        assert caught.value.code == "unit-text-invalid"


def test_values_without_quotes_keep_their_letters() -> None:
    assert unit_value("EXAMPLE\\dba 100%") == "EXAMPLE\\dba 100%%"


def test_dollar_begins_a_variable_in_arguments_only() -> None:
    assert unit_command(["/opt/$x/pgpitr", "info", "/etc/$y"]) == '"/opt/$x/pgpitr" info "/etc/$$y"'


@pytest.mark.parametrize(
    ("path", "name"),
    [
        pytest.param("/var/lib/postgresql/18/main", "var-lib-postgresql-18-main", id="plain"),
        pytest.param("/srv//a/", "srv-a", id="more slashes than it needs"),
        pytest.param("/srv/a-b", "srv-a\\x2db", id="hyphen"),
        pytest.param("/.hidden/x.y", "\\x2ehidden-x.y", id="dots"),
        pytest.param("/srv/it's here/ü", "srv-it\\x27s\\x20here-\\xc3\\xbc", id="quote, space and another letter"),
        pytest.param("/srv/\udcff\n", "srv-\\xff\\x0a", id="not UTF-8, and a newline"),
        pytest.param("/", "-", id="the root"),
    ],
)
def test_path_in_a_units_name(path: str, name: str) -> None:
    assert unit_path(path) == name


def test_long_paths_stay_apart_in_a_units_name() -> None:
    one, other = (unit_path("/srv/" + "a" * 300 + end) for end in ("x", "y"))
    assert one != other and max(len(one), len(other)) <= 200
