# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_json import (
    parse_json,
    read_cluster_document,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage


@pytest.mark.parametrize(
    "value",
    [None, True, 0, -1.5, 1e300, "", 'ä\n"\\\u2028\U0001f418', [], [1, [2]], {}, {"a": {"b": [None, "c"]}}],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_fast_reading_equals_json(value: Any, indent: int | None) -> None:
    for ascii_only in (True, False):
        text = json.dumps(value, indent=indent, ensure_ascii=ascii_only) + "\n"
        assert parse_json(text) == json.loads(text)


@pytest.mark.parametrize("text", ["", " ", "{", "{} x", "[1,]", "'a'", '{"a" 1}', '"\n"', "nul", "[1 2]"])
def test_fast_reading_refuses_what_json_refuses(text: str) -> None:
    with pytest.raises(ValueError):
        json.loads(text)
    with pytest.raises(ValueError):
        parse_json(text)


def test_document_is_that_of_the_identity(folder: ClusterFolder) -> None:
    assert read_cluster_document(folder.storage) == folder.identity().document()


@pytest.mark.parametrize(
    ("cluster_path", "code"),
    [
        pytest.param("none/db1", "repository-missing", id="no repository"),
        pytest.param("empty/db1", "repository-missing", id="nothing in it, as under a mount point"),
        pytest.param("it's a repository/db2", "cluster-unknown", id="other clusters only"),
        pytest.param("it's a repository/db3", "cluster-unknown", id="folder without cluster.json"),
    ],
)
def test_absent_document_says_what_is_missing(
    cluster_path: str, code: str, tmp_path: Path, folder: ClusterFolder
) -> None:
    (tmp_path / "empty").mkdir()
    (Path(folder.path).parent / "db3").mkdir()
    with pytest.raises(PitrError) as caught:
        read_cluster_document(DirectoryStorage(str(tmp_path / cluster_path), marker="cluster.json"))
    assert caught.value.code == code


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff"])
def test_damaged_document_is_told(content: bytes, folder: ClusterFolder) -> None:
    Path(folder.path, "cluster.json").write_bytes(content)
    with pytest.raises(PitrError) as caught:
        read_cluster_document(folder.storage)
    assert caught.value.code == "identity-damaged"
    assert folder.path in caught.value.message
