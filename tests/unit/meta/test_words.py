# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in every file, and what must not stand in any: licence, words, paths of one machine, unfinished work."""

from __future__ import annotations

import re

import pytest
from sources import CHECKOUT, all_files, python_files, shown, text_of

LICENCE = "# SPDX-License-Identifier: GPL-3.0-or-later"
COPYRIGHT = "# Copyright: (c) 2026, pgfleet.pitr contributors"
# This file names what it looks for.
OWN = CHECKOUT / "tests" / "unit" / "meta" / "test_words.py"
NOT_OURS = {"LICENSE"}
# PostgreSQL's own names: file names, source files, and the resource manager that pg_waldump prints in capitals.
POSTGRESQL_SAYS = re.compile(r"RECOVERYXLOG|pg_xlog\w*|\bxlog\w*\.[ch]\b|\bXLOG\b|\bXLOG_\w+|\b\w*XLog\w+")
# The options of the object storage that tests run.
SEAWEEDFS_SAYS = re.compile(r"\bmaster\.[a-z]\w+|\bWEED_MASTER_\w+")
OLD_WORDS = re.compile(r"(?<![A-Za-z])(master|slave)s?(?![a-z])|xlog", re.IGNORECASE)
# Split, so that this file does not contain them.
MACHINE_PATHS = re.compile("|".join([r"/wo" + r"rk/", r"/opt/pitr" + "-dev", r"/tmp/te" + "am", r"/root/(?!\.)"]))
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")
SKIPS = re.compile(r"pytest\.(mark\.)?(skip|skipif|xfail)\b")


def old_words(text: str) -> list[str]:
    """The words that PostgreSQL gave up, where they are not its own file names."""
    return [found.group(0) for found in OLD_WORDS.finditer(SEAWEEDFS_SAYS.sub("", POSTGRESQL_SAYS.sub("", text)))]


def texts() -> dict[str, str]:
    """Every text file of ours."""
    ours = [path for path in all_files() if path.name not in NOT_OURS and path != OWN]
    return {shown(path): text_of(path) for path in ours}


def test_every_python_file_states_its_licence():
    wrong = [shown(path) for path in python_files() if not {LICENCE, COPYRIGHT} <= set(text_of(path).splitlines()[:8])]

    assert wrong == []


def test_words_are_those_of_postgresql_today():
    wrong = {name: old_words(text) for name, text in texts().items()}

    assert {name: found for name, found in wrong.items() if found} == {}


def test_no_file_names_a_path_of_one_machine():
    wrong = {name: MACHINE_PATHS.findall(text) for name, text in texts().items()}

    assert {name: found for name, found in wrong.items() if found} == {}


def test_nothing_is_left_to_be_done_later():
    wrong = {name: UNFINISHED.findall(text) for name, text in texts().items()}

    assert {name: found for name, found in wrong.items() if found} == {}


def test_no_test_is_skipped_or_expected_to_fail():
    wrong = {name: SKIPS.findall(text) for name, text in texts().items() if name.startswith("tests/")}

    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.parametrize("text", ["the master server", "is_slave = 1", "pg_switch_xlog_name", "Masters"])
def test_an_old_word_is_noticed(text):
    assert old_words(text)


@pytest.mark.parametrize("text", ["postmaster.pid", "RECOVERYXLOG", "--rmgr=XLOG", "xlogarchive.c", "mastery"])
def test_postgresqls_own_names_are_not_old_words(text):
    assert old_words(text) == []


def test_a_path_of_one_machine_is_noticed():
    assert MACHINE_PATHS.search("/wo" + "rk/main/x")
