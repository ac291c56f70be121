# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import replace

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.cluster_document import may_write
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.identity import RepositoryIdentity, Writer
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize

SINCE = "2026-11-22T15:00:00.000000Z"
WRITER = Writer("4f1c", "db1", "/srv/pg it's/data", SINCE)
IDENTITY = RepositoryIdentity("db1", ("7123",), (15,), SegmentSize(1 << 24), SINCE, (WRITER,))


def test_text_and_value_are_a_pair() -> None:
    assert RepositoryIdentity.parse(str(IDENTITY)) == IDENTITY


def test_text_has_the_documented_keys() -> None:
    assert json.loads(str(IDENTITY)) == {
        "format": 1,
        "name": "db1",
        "system_identifiers": ["7123"],
        "versions": [15],
        "segment_size_bytes": 16777216,
        "since": SINCE,
        "writers": [{"machine_id": "4f1c", "hostname": "db1", "data_directory": "/srv/pg it's/data", "since": SINCE}],
    }


@pytest.mark.parametrize(
    ("change", "value"),
    [
        pytest.param("format", 2, id="newer format"),
        pytest.param("format", None, id="no format"),
        pytest.param("name", 5, id="name is a number"),
        pytest.param("system_identifiers", "7123", id="identifiers are a text"),
        pytest.param("system_identifiers", [7123], id="identifier is a number"),
        pytest.param("versions", ["15"], id="version is a text"),
        pytest.param("segment_size_bytes", "16MB", id="size is a text"),
        pytest.param("writers", [{}], id="writer says nothing"),
        pytest.param("writers", None, id="no writers"),
    ],
)
def test_other_documents_are_damaged(change: str, value: object) -> None:
    with pytest.raises(Damaged) as caught:
        RepositoryIdentity.parse(json.dumps({**IDENTITY.document(), change: value}), path="/r/db1/cluster.json")
    assert caught.value.code == "identity-damaged"
    assert "/r/db1/cluster.json" in caught.value.message


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": 1}', str(IDENTITY) + "x"])
def test_text_that_is_none_is_damaged(text: str) -> None:
    with pytest.raises(Damaged) as caught:
        RepositoryIdentity.parse(text)
    assert caught.value.code == "identity-damaged"


@pytest.mark.parametrize(
    ("machine_id", "hostname", "data_directory", "allowed"),
    [
        pytest.param("4f1c", "db1", "/srv/pg it's/data", True, id="registered"),
        pytest.param("0000", "db1", "/srv/pg it's/data", False, id="copy of the machine"),
        pytest.param("4f1c", "db2", "/srv/pg it's/data", False, id="another host name"),
        pytest.param("4f1c", "db1", "/srv/copy", False, id="copy of the data directory"),
    ],
)
def test_only_registered_clusters_may_write(machine_id: str, hostname: str, data_directory: str, allowed: bool) -> None:
    known = IDENTITY.document()
    assert may_write(known, machine_id=machine_id, hostname=hostname, data_directory=data_directory) is allowed


def test_writer_is_registered_once() -> None:
    later = replace(WRITER, since="2027-01-01T00:00:00.000000Z")
    assert IDENTITY.with_writer(later) is IDENTITY
    assert IDENTITY.with_writer(replace(WRITER, hostname="db2")).writers[0] == WRITER
    assert len(IDENTITY.with_writer(replace(WRITER, hostname="db2")).writers) == 2


def test_identifiers_of_a_major_upgrade_are_both_known() -> None:
    upgraded = replace(IDENTITY, system_identifiers=("7123", "7999"))
    assert upgraded.knows("7123") and upgraded.knows("7999") and not upgraded.knows("7000")
