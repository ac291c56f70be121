# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.origin import DatabaseLocale, Origin
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from sample_origin import sample_origin


def test_text_form_comes_back() -> None:
    origin = sample_origin()
    assert Origin.parse(str(origin)) == origin


def test_bytes_that_are_no_text_come_back() -> None:
    odd = "# b\udcc3ch\n"
    origin = sample_origin(configuration=type(sample_origin().configuration)(odd, "", "", ""))
    assert Origin.parse(str(origin)).configuration.settings == odd


def test_passwords_are_not_shown() -> None:
    assert "canary" not in repr(sample_origin())


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"port": 0},
        {"port": True},
        {"data_directory": "/old/../data"},
        {"data_directory": "old"},
        {"block_size": "8192"},
        {"hostname": "db1\n"},
        {"databases": {}},
        {"databases": [{"name": "a", "provider": "x", "collate": "C", "ctype": "C", "version": None}]},
        {"configuration": {"settings": 1, "auto": "", "hba": "", "ident": ""}},
        {"configuration": {"settings": "\0", "auto": "", "hba": "", "ident": ""}},
        {"configuration": {"settings": ""}},
        {"debian_name": 15},
    ],
)
def test_what_somebody_else_wrote_is_refused_as_a_whole(changes: dict[str, Any]) -> None:
    record = {**json.loads(str(sample_origin())), **changes}
    with pytest.raises(Damaged) as caught:
        Origin.parse(json.dumps(record))
    assert caught.value.code == "backup-origin-damaged"


@pytest.mark.parametrize("text", ["", "[]", "{}", "{" * 400000])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(Damaged):
        Origin.parse(text)


@pytest.mark.parametrize(
    ("database", "locales", "is_of_libc"),
    [
        (DatabaseLocale("a", "c", "de_DE", "C"), {"de_DE"}, True),
        (DatabaseLocale("a", "c", "C", "POSIX"), set(), False),
        (DatabaseLocale("a", "i", "en_US", "en_US"), {"en_US"}, False),
        (DatabaseLocale("a", "b", "C", "C"), set(), False),
    ],
)
def test_locales_that_the_operating_system_must_have(
    database: DatabaseLocale, locales: set[str], is_of_libc: bool
) -> None:
    assert (database.locales, database.is_of_libc) == (locales, is_of_libc)
