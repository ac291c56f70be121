# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.absent.host_fit import (
    HostFacts,
    check_host,
    collation_notes,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.origin import DatabaseLocale
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused
from sample_origin import sample_origin

ICU = DatabaseLocale("shop", "i", "en_US", "en_US", "153.120")


def host(**changes: Any) -> HostFacts:
    fields: dict[str, Any] = {
        "hostname": "db9",
        "machine": "x86_64",
        "libc": "2.36",
        "block_size": 8192,
        "wal_block_size": 8192,
        "icu": True,
    }
    return HostFacts(**{**fields, **changes})


def test_host_of_the_same_kind_is_good() -> None:
    check_host(sample_origin(), host())
    assert list(collation_notes(sample_origin(), host())) == []


@pytest.mark.parametrize(
    ("changes", "code", "named"),
    [
        ({"machine": "aarch64"}, "host-unfit", "aarch64"),
        ({"block_size": 16384}, "host-unfit", "block size 8192"),
        ({"wal_block_size": 16384}, "host-unfit", "of the WAL"),
        ({"locales": ("de_DE.UTF-8",)}, "locale-missing", "the databases shop"),
        ({"libraries": ("pg_cron",)}, "library-missing", "'pg_cron'"),
        ({"files": (("ssl_cert_file", "/etc/x.crt"),)}, "configuration-incomplete", "/etc/x.crt"),
        ({"directories": (("log_directory", "/log"),)}, "configuration-incomplete", "log_directory"),
        ({"addresses": (("10.0.0.5, port 5432", "in use"),)}, "address-unavailable", "10.0.0.5, port 5432: in use"),
        ({"memory": "could not map"}, "host-unfit", "could not map"),
    ],
)
def test_what_could_not_start_is_refused(changes: dict[str, Any], code: str, named: str) -> None:
    with pytest.raises(Refused) as caught:
        check_host(sample_origin(), host(**changes))
    assert (caught.value.code, named in caught.value.message) == (code, True)


def test_database_that_sorts_by_icu_needs_a_build_with_it() -> None:
    check_host(sample_origin(databases=(ICU,)), host())
    with pytest.raises(Refused) as caught:
        check_host(sample_origin(databases=(ICU,)), host(icu=False))
    assert caught.value.code == "host-unfit"


@pytest.mark.parametrize(
    ("database", "libc", "told"),
    [
        (DatabaseLocale("shop", "c", "de_DE", "de_DE", "2.31"), "2.36", ["2.31"]),
        (DatabaseLocale("shop", "c", "de_DE", "de_DE", None), "2.36", []),
        (DatabaseLocale("shop", "c", "de_DE", "de_DE", None), "2.41", ["2.36"]),
        (DatabaseLocale("shop", "c", "de_DE", "de_DE", None), "", ["no glibc"]),
        (DatabaseLocale("shop", "c", "C", "C", None), "2.41", []),
        (ICU, "2.41", ["ICU"]),
    ],
)
def test_text_that_may_sort_differently_is_told(database: DatabaseLocale, libc: str, told: list[str]) -> None:
    notes = list(collation_notes(sample_origin(databases=(database,)), host(libc=libc)))
    assert len(notes) == len(told)
    assert all(word in note and "REINDEX DATABASE" in note for word, note in zip(told, notes))
