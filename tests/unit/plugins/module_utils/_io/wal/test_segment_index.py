# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The index is trusted with the checksum of the segment, and never missed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.layout import (
    RECOVERY_ENDS_FILE,
    wal_facts_key,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_facts import SegmentFacts
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.place import ANY
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.segment_index import SegmentIndex

NAME = "000000010000000000000003"
FACTS = SegmentFacts(xids=(700, 701))


@pytest.fixture(params=["none", "gzip", "zstd", "lz4"])
def stored(
    folder: ClusterFolder, make_segment: Callable[..., Path], data_directory: Path, request: pytest.FixtureRequest
) -> ClusterFolder:
    folder.store_wal(str(make_segment(3)), data_directory=str(data_directory), compression=request.param)
    return folder


def save(folder: ClusterFolder, *, stored: bool = True) -> None:
    index = SegmentIndex(folder.storage)
    index.note(NAME, FACTS)
    index.save(is_stored=lambda name: stored)


def test_what_was_noted_is_known_to_the_next_one(stored: ClusterFolder) -> None:
    assert SegmentIndex(stored.storage).facts(NAME) is None
    save(stored)
    assert SegmentIndex(stored.storage).facts(NAME) == FACTS


def test_facts_of_another_content_do_not_count(
    stored: ClusterFolder, make_segment: Callable[..., Path], data_directory: Path
) -> None:
    save(stored)
    path = Path(str(stored.find_wal(NAME)))
    content = bytearray(path.read_bytes())
    compression = {".gz": "gzip", ".zst": "zstd", ".lz4": "lz4"}.get(path.suffix, "none")
    path.unlink()
    Path(f"{path}.crc32").unlink(missing_ok=True)
    other = make_segment(3)
    other.write_bytes(other.read_bytes()[:-1] + b"x")
    stored.store_wal(str(other), data_directory=str(data_directory), compression=compression)
    assert bytes(content) != path.read_bytes()
    assert SegmentIndex(stored.storage).facts(NAME) is None


def test_segments_that_are_gone_leave_the_index(stored: ClusterFolder) -> None:
    save(stored, stored=False)
    assert NAME.encode() not in (stored.storage.read_all(wal_facts_key(NAME)) or b"")


def test_segment_that_is_not_stored_is_not_noted(folder: ClusterFolder) -> None:
    save(folder)
    assert folder.storage.read_all(wal_facts_key(NAME)) is None


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"format": 1}',
        b'{"format": 2, "segments": {}}',
        b'{"format": 1, "segments": {"%s": 7}}' % NAME.encode(),
        b'{"format": 1, "segments": {"%s": {"of": null}}}' % NAME.encode(),
        b"[" * 100_000,
    ],
    ids=lambda text: text[:40],
)
def test_damaged_index_is_made_anew(stored: ClusterFolder, text: bytes) -> None:
    stored.storage.put(wal_facts_key(NAME), [text], replaces=ANY)
    assert SegmentIndex(stored.storage).facts(NAME) is None
    save(stored)
    assert SegmentIndex(stored.storage).facts(NAME) == FACTS


@pytest.mark.parametrize(
    "changes",
    [
        {"xids": [1e999, 1]},
        {"xids": [5]},
        {"tablespaces": [["0/3000028", 1e999, "/srv/x"]]},
        {"tablespaces": [["0/3000028", 5, "/srv/\x1b[2J"]]},
        {"beginnings": [["0/3000028", 2, "9999-12-31T23:59:59.999999Z"]]},
        {"parameter_changes": [["0/3000028", "minimal", {"max_connections": "7"}]]},
    ],
    ids=str,
)
def test_facts_that_no_segment_has_do_not_count(stored: ClusterFolder, changes: dict[str, Any]) -> None:
    """What a repository holds is data: whoever can write there wrote it with the right checksum."""
    save(stored)
    key = wal_facts_key(NAME)
    document = json.loads(stored.storage.read_all(key) or b"")
    document["segments"][NAME].update(changes)
    stored.storage.put(key, [json.dumps(document).encode()], replaces=ANY)
    assert SegmentIndex(stored.storage).facts(NAME) is None


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "x" * 5000, "../../../../../../etc/passwd", ""], ids=ascii)
def test_names_of_no_segment_are_not_looked_for(
    stored: ClusterFolder, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = json.dumps({"format": 1, "segments": {name: {"of": "x", "at": ["0/3000028"]}}})
    stored.storage.put(RECOVERY_ENDS_FILE, [text.encode()], replaces=ANY)
    monkeypatch.setattr(DirectoryStorage, "stat", lambda _storage, key: pytest.fail(f"it looks at {key}"))
    assert SegmentIndex(stored.storage).recovery_ends() == {}
