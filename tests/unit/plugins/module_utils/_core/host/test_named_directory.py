# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.host.named_directory import (
    NamedDirectory,
    foreign_name,
    is_system_directory,
    never_usable,
    not_among,
)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", True),
        ("/etc", True),
        ("/etc/pam.d", True),
        ("/usr/lib/x", True),
        ("/var/run/postgresql", True),
        ("/var/lib", True),
        ("/var/lib/postgresql", True),
        ("/dev/shm", True),
        ("/srv", True),
        ("/mnt/ts", False),
        ("/var/lib/postgresql/ts", False),
        ("/dev/shm/cluster/ts", False),
        ("/usr/local/pgsql/ts", False),
        ("/etcetera", False),
        ("/home/me/ts", False),
    ],
)
def test_directories_of_the_system(path: str, expected: bool) -> None:
    assert is_system_directory(path) is expected


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        pytest.param(NamedDirectory("/etc/pam.d"), "of the system", id="a link to the system's"),
        pytest.param(
            NamedDirectory("/pg/x", data_directory="/pg"), "in the data directory '/pg'", id="a data directory"
        ),
        pytest.param(NamedDirectory("/mnt/ts", used_by="/other"), "used by the server in '/other'", id="another's"),
        pytest.param(NamedDirectory("/mnt/ts"), None, id="free"),
    ],
)
def test_where_nothing_is_ever_put(seen: NamedDirectory, told: str | None) -> None:
    fault = never_usable("/mnt/ts", seen)
    assert (fault is None) if told is None else (fault is not None and told in fault)


def test_roots_are_compared_part_by_part() -> None:
    seen = NamedDirectory("/mnt/fast/ts")
    assert [not_among([root], seen=seen) for root in ("/mnt", "/mnt/fast/ts", "/", "/mnt/fas", "/srv")] == [
        False, False, False, True, True,
    ]  # fmt: skip


def test_names_that_do_not_belong_there() -> None:
    def is_expected(name: str) -> bool:
        return name == "PG_18_1"

    assert foreign_name(NamedDirectory("/x"), is_expected=is_expected) is None
    assert foreign_name(NamedDirectory("/x", frozenset()), is_expected=is_expected) is None
    assert foreign_name(NamedDirectory("/x", frozenset({"PG_18_1", "b", "a"})), is_expected=is_expected) == "a"
