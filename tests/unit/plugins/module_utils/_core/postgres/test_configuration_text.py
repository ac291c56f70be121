# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.configuration_text import (
    append_value,
    replace_value,
    value_in,
    without_secrets,
    written,
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("archive_command = off\n", "archive_command = 'new %p'\n", id="bare word"),
        pytest.param("archive_command='o''ld'\n", "archive_command='new %p'\n", id="quoted, no spaces"),
        pytest.param("archive_command 'old'\n", "archive_command 'new %p'\n", id="no equals sign"),
        pytest.param(
            "  archive_command\t=  'a\\'b' \t # why\n", "  archive_command\t=  'new %p' \t # why\n", id="escapes"
        ),
        pytest.param("ARCHIVE_Command = 'old'#x", "ARCHIVE_Command = 'new %p'#x", id="other case, last line"),
        pytest.param("archive_command = 'a # b'\r\n", "archive_command = 'new %p'\r\n", id="line of another system"),
        pytest.param("archive_command = ''\n", "archive_command = 'new %p'\n", id="empty value"),
    ],
)
def test_value_is_replaced_and_nothing_else(before: str, after: str) -> None:
    text = f"# first\x0c line\n\n{before}"
    assert replace_value(text, line_number=3, name="archive_command", value="new %p") == f"# first\x0c line\n\n{after}"


@pytest.mark.parametrize("number", [0, 1, 3, 9])
def test_line_that_is_another_by_now_is_left_alone(number: int) -> None:
    with pytest.raises(Failed) as caught:
        replace_value("a = 1\narchive_mode = on\n# end\n", line_number=number, name="archive_mode", value="off")
    assert caught.value.code == "configuration-changed"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", "archive_mode = on\n", id="empty"),
        pytest.param("a = 1\n", "a = 1\narchive_mode = on\n", id="usual"),
        pytest.param("a = 1", "a = 1\narchive_mode = on\n", id="no last line feed"),
    ],
)
def test_setting_is_appended_in_a_line_of_its_own(before: str, after: str) -> None:
    assert append_value(before, name="archive_mode", value="on") == after


@pytest.mark.parametrize("value", ["on", "60", "-1", "it's", "C:\\x", "a b", "", "%p", "replica", "two\nlines"])
def test_written_value_comes_back_by_replacing_it(value: str) -> None:
    text = append_value("", name="x", value=value)

    assert replace_value(text, line_number=1, name="x", value="1") == "x = 1\n"
    assert replace_value("x = 1\n", line_number=1, name="x", value=value) == text


def test_only_plain_words_and_numbers_stand_bare() -> None:
    assert [written(value) for value in ("on", "60", "a b", "A")] == ["on", "60", "'a b'", "'A'"]


def test_secrets_are_hidden_in_what_people_see() -> None:
    text = "a = 1\nprimary_conninfo = 'host=x password=y'\n#ssl_passphrase_command = 'z'\n"

    shown = without_secrets(text)

    assert "y" not in shown.split("password")[1]
    assert "'z'" not in shown
    assert shown.startswith("a = 1\n")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("data_directory = '/a b'\n", "/a b", id="quoted"),
        pytest.param("data_directory=/a # why", "/a", id="bare, last line"),
        pytest.param("DATA_Directory '/a'\r\n", "/a", id="other case, no equals sign"),
        pytest.param("data_directory = '/a'\ndata_directory = '/b'\n", "/b", id="the last one counts"),
        pytest.param("data_directory = 'it''s'\n", "it's", id="doubled quote"),
        pytest.param("data_directory = ''\n", "", id="empty"),
        pytest.param("data_directory = '/a\\nb'\n", None, id="escape"),
        pytest.param("#data_directory = '/a'\n", None, id="comment"),
        pytest.param("data_directory_mode = 0700\nx.data_directory = '/a'\n", None, id="other names"),
        pytest.param("data_directory = '/a' '/b'\n", None, id="no setting"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_value_that_a_text_gives_a_setting(text: str, value: str | None) -> None:
    assert value_in(text, name="data_directory") == value
