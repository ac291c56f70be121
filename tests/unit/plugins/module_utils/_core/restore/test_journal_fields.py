# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal import RestoreJournal
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.journal_fields import check_pair
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.swap.swap_pair import (
    SwapPair,
    entry_pair,
    inner_pair,
    sibling_pair,
)
from sample_cluster import sample_cluster
from sample_plan import sample_journal

JOURNAL = sample_journal(sample_cluster(tablespaces={16400: "/mnt/ts"}), pairs=(sibling_pair("/pg/data"),))


def changed(path: Sequence[str], value: Any) -> str:
    document = json.loads(str(JOURNAL))
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return json.dumps(document)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("directory",), "data"),
        (("directory",), "/pg/../etc"),
        (("phase",), ["swapped"]),
        (("port",), "5432"),
        (("port",), 0),
        (("in_place",), "yes"),
        (("staged",), ["recovery_target_action"]),
        (("staged", "recovery_target_action"), 5),
        (("earlier_auto",), None),
        (("pairs",), {"live": "/"}),
        (("pairs",), [5]),
        (("reached",), []),
        (("reached",), {"new_timeline": -1}),
        (("plan",), []),
        (("plan", "port"), "5432"),
        (("plan", "chain"), "20260915T110000Z-full"),
        (("plan", "tablespaces"), {"16400": "ts"}),
        (("plan", "disks"), [[]]),
        (("plan", "target", "text"), 5),
        (("plan", "target", "kind"), "whatever"),
        (("plan", "loss"), None),
        (("plan", "loss", "commits"), -1),
        (("source",), None),
        (("source", "bin_directory"), "bin"),
        (("source", "os_user"), 0),
        (("source", "start_options"), [1]),
        (("source", "start_options"), "-c"),
        (("source", "tablespaces"), {"16400": "/mnt/../etc"}),
        (("source", "tablespaces"), {"x": "/mnt"}),
        (("source", "wal_directory"), 5),
        (("source", "timeline"), 0),
        (("source", "service"), "systemd"),
    ],
)
def test_a_journal_with_another_type_somewhere_is_damaged(path: Sequence[str], value: Any) -> None:
    with pytest.raises(Damaged) as caught:
        RestoreJournal.parse(changed(path, value))
    assert caught.value.code == "journal-damaged"


@pytest.mark.parametrize(
    "pair",
    [
        SwapPair("/pg/data", "/etc/cron.d", "/pg/data.pitr-old", "/pg/data.pitr-undone"),
        SwapPair("/pg/data", "/pg/data.pitr-new", "/etc", "/pg/data.pitr-undone"),
        SwapPair("/mnt/ts/PG_18_1", "/mnt/ts/.pitr-new/PG_18_1", "/mnt/ts/.pitr-old/PG_18_1", "/root"),
        SwapPair("/pg/../data", "/pg/../data.pitr-new", "/pg/../data.pitr-old", "/pg/../data.pitr-undone"),
        SwapPair("/", "/.pitr-new", "/.pitr-old", "/.pitr-undone"),
        replace(entry_pair("/pg"), stays=("base",)),
        replace(entry_pair("/pg"), old="/etc"),
        replace(entry_pair("/pg"), by_entries=False),
        replace(entry_pair("/pg"), replaced_entries={"../etc": 7}),
        replace(entry_pair("/pg"), replaced_entries={"base": -1}),
    ],
)
def test_directories_that_no_restore_would_exchange_are_refused(pair: SwapPair) -> None:
    with pytest.raises(ValueError):
        check_pair(pair)


@pytest.mark.parametrize(
    "pair",
    [
        sibling_pair("/pg/data"),
        inner_pair("/mnt/ts", "PG_18_1", had_live=False),
        replace(entry_pair("/pg", stays=("pg_wal",)), replaced_entries={"base": 7}),
    ],
)
def test_those_of_a_restore_are_accepted(pair: SwapPair) -> None:
    assert check_pair(pair) is None  # type: ignore[func-returns-value]


def test_a_journal_that_is_nested_too_deeply_is_damaged() -> None:
    with pytest.raises(Damaged):
        RestoreJournal.parse("[" * 100_000)
