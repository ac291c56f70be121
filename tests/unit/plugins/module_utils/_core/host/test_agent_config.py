# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.host.agent_config import (
    KEYS,
    format_agent_config,
    has_several,
    is_required,
    other_repositories,
    parse_agent_config,
)

VALUES = {
    **dict.fromkeys(KEYS, ""),
    "repository_path": "/srv/it's a = #repository",
    "compression": "zstd",
    "port": "5433",
}


def test_text_and_values_are_a_pair() -> None:
    assert parse_agent_config(format_agent_config(VALUES), path="db1.conf") == VALUES


@pytest.mark.parametrize("text", ["repository_path=/srv/pitr", "\n# note\n  repository_path  =  /srv/pitr  \n\n"])
def test_spaces_and_comments_do_not_count(text: str) -> None:
    assert parse_agent_config(text, path="db1.conf")["repository_path"] == "/srv/pitr"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("", "does not set 'repository_path'", id="empty file"),
        pytest.param("repository_path =", "does not set 'repository_path'", id="empty value"),
        pytest.param("repository_path = /r\npath = /x", "line 2", id="unknown key"),
        pytest.param("repository_path = /r\nqueue_max_bytes = -1", "sets 'queue_max_bytes' to '-1'", id="no count"),
        pytest.param("repository_path = /r\nnonsense", "line 2", id="no value"),
    ],
)
def test_text_that_is_none_is_refused(text: str, told: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_agent_config(text, path="db1.conf")
    assert caught.value.code == "config-invalid"
    assert told in caught.value.message


@pytest.mark.parametrize("value", ["two\nlines", " leading", "trailing ", "next\x85line"])
def test_value_that_a_line_cannot_hold_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        format_agent_config({"repository_path": value})
    assert caught.value.code == "config-invalid"


def test_further_repositories_and_their_text_are_a_pair() -> None:
    far = {
        "repository_name": "far",
        "repository_path": "/srv/pitr",
        "repository_host": "backup1",
        "repository_ssh_port": "2222",
        "repository_required": "false",
        "repository_keep_days": "30",
    }
    text = format_agent_config({**VALUES, "repository_name": "near"}, others=[far, {**far, "repository_name": "third"}])
    values = parse_agent_config(text, path="db1.conf")
    assert has_several(values) and not has_several(VALUES)
    second, third = other_repositories(values)
    assert {key: second[key] for key in far} == far and third["repository_name"] == "third"
    # What is not of one repository alone is the same for all.
    assert (second["compression"], second["port"], second["repository_s3_bucket"]) == ("zstd", "5433", "")
    assert is_required(values) and not is_required(second)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param("repository2_path = /srv", "does not set the name of repository 2", id="no name"),
        pytest.param("repository2_name = far", "or neither path nor bucket of it", id="no place"),
        pytest.param("repository2_port = 1", "line 2 is not a known setting", id="key of the cluster"),
        pytest.param("repository2_age_recipients = age1", "line 2 is not a known setting", id="key of all"),
        pytest.param("repository1_path = /srv", "line 2 is not a known setting", id="number of the first"),
        pytest.param("repository2_keep_days = -1", "sets 'repository2_keep_days' to '-1'", id="no number"),
        pytest.param("repository2_ssh_port = 70000", "sets 'repository2_ssh_port' to '70000'", id="no port"),
    ],
)
def test_further_repository_that_is_none_is_refused(line: str, told: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_agent_config(f"repository_path = /r\n{line}", path="db1.conf")
    assert told in caught.value.message
