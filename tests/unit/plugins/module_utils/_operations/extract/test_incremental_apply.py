# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An incremental archive over an older tree; that the result is pg_combinebackup's is an integration test."""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.checksum import SHA256
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.direct_write import LARGE_BYTES, DirectWriter
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.tar_digest import TarDigest
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.chain import settle
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.incremental_apply import IncrementalApply
from sample_archives import tar_of

BLOCK = 8192
SEGMENT_BLOCKS = 8


def block(letter: str) -> bytes:
    return letter.encode() * BLOCK


def incremental(blocks: Mapping[int, str], *, truncation: int) -> bytes:
    header = struct.pack(f"=III{len(blocks)}I", 0xD3AE1F0D, len(blocks), truncation, *blocks)
    padding = bytes(-len(header) % BLOCK if blocks else 0)
    return header + padding + b"".join(block(letter) for letter in blocks.values())


def archive_of(files: Mapping[str, bytes], *, directories: Sequence[str] = ("base", "base/5", "pg_wal")) -> bytes:
    return tar_of(files, directories=directories)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    for folder in ("base/5", "base/4", "pg_wal"):
        (root / folder).mkdir(parents=True)
    (root / "base/5/1259").write_bytes(block("a") + block("b") + block("c"))
    (root / "base/5/2600").write_bytes(block("x"))
    (root / "base/4/1259").write_bytes(block("d"))
    (root / "whole").write_text("old and long")
    return root


def applied(tree: Path, archive: bytes, *, step: int = 1 << 20, kept: Mapping[str, int] | None = None) -> list[str]:
    with closing(DirectWriter()) as writer:
        sink = IncrementalApply(
            str(tree),
            writer=writer,
            block_size_bytes=BLOCK,
            segment_blocks=SEGMENT_BLOCKS,
            kept_blocks=(kept or {}).get,
        )
        digest = TarDigest(algorithm=SHA256, sink=sink)
        try:
            for start in range(0, len(archive), step):
                digest.feed(memoryview(archive[start : start + step]))
            digest.finish()
        finally:
            sink.close()
        writer.finish()
    return list(settle(sink))


@pytest.mark.parametrize("step", [1 << 19, 100_003])
@pytest.mark.parametrize("older_bytes", [0, LARGE_BYTES // 2, 4 * LARGE_BYTES])
def test_large_file_is_replaced_as_a_whole(tree: Path, step: int, older_bytes: int) -> None:
    large = os.urandom(2 * LARGE_BYTES + 3 * BLOCK)
    if older_bytes:
        (tree / "base/5/2601").write_bytes(b"o" * older_bytes)
    unchanged = {
        "base/5/INCREMENTAL.1259": incremental({}, truncation=3),
        "base/5/INCREMENTAL.2600": incremental({1: "y"}, truncation=1),
    }
    assert applied(tree, archive_of({**unchanged, "base/5/2601": large, "whole": b"new"}), step=step) == []
    assert (tree / "base/5/2601").read_bytes() == large
    assert (tree / "base/5/2600").read_bytes() == block("x") + block("y")


@pytest.mark.parametrize("step", [1 << 20, 5000, 512, 77])
@pytest.mark.parametrize(
    ("blocks", "truncation", "expected"),
    [
        pytest.param({}, 3, "abc", id="unchanged"),
        pytest.param({}, 1, "a", id="cut"),
        pytest.param({}, 0, "", id="emptied"),
        pytest.param({1: "B"}, 3, "aBc", id="one block"),
        pytest.param({0: "A", 1: "B", 2: "C"}, 3, "ABC", id="all"),
        pytest.param({2: "C", 3: "D", 5: "F"}, 3, "abCD\0F", id="grown with a hole"),
        pytest.param({2: "Z"}, 1, "a\0Z", id="cut and grown again: what lay behind the cut is void"),
    ],
)
def test_blocks_come_where_they_belong(
    tree: Path, blocks: dict[int, str], truncation: int, expected: str, step: int
) -> None:
    files = {
        "base/5/INCREMENTAL.1259": incremental(blocks, truncation=truncation),
        "base/5/2600": block("x"),
        "whole": b"new",
    }
    assert applied(tree, archive_of(files), step=step) == []
    assert (tree / "base/5/1259").read_bytes() == b"".join(block(letter) for letter in expected)
    assert (tree / "whole").read_bytes() == b"new"


@pytest.mark.parametrize(
    ("kept", "blocks", "truncation", "expected"),
    [
        pytest.param(1, {}, 3, "a\0\0", id="grown by pages that were never written"),
        pytest.param(1, {2: "C"}, 3, "a\0C", id="and by one that was"),
        pytest.param(0, {0: "A"}, 2, "A\0", id="from nothing"),
        pytest.param(5, {}, 3, "abc", id="cut behind its end"),
        pytest.param(2, {}, 1, "a", id="cut once more"),
        pytest.param(None, {}, 100, "abc" + "\0" * 5, id="a length beyond one file's end"),
    ],
)
def test_blocks_behind_a_truncation_are_not_the_parents(
    tree: Path, kept: int | None, blocks: dict[int, str], truncation: int, expected: str
) -> None:
    archive = archive_of({"base/5/INCREMENTAL.1259": incremental(blocks, truncation=truncation)})
    assert applied(tree, archive, kept={} if kept is None else {"base/5/1259": kept}) == []
    assert (tree / "base/5/1259").read_bytes() == b"".join(block(letter) for letter in expected)


def test_what_the_backup_no_longer_has_is_removed(tree: Path) -> None:
    assert applied(tree, archive_of({"base/5/INCREMENTAL.1259": incremental({}, truncation=3)})) == []
    assert sorted(str(path.relative_to(tree)) for path in tree.rglob("*")) == [
        "base",
        "base/5",
        "base/5/1259",
        "pg_wal",
    ]


def test_new_file_and_directory_appear(tree: Path) -> None:
    archive = archive_of({"base/7/16400": block("n")}, directories=("base", "base/7", "pg_wal"))
    assert applied(tree, archive) == []
    assert (tree / "base/7/16400").read_bytes() == block("n")


def test_file_that_its_owner_may_not_write_is_replaced(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, open_file = tree / "server.key", os.open
    key.write_text("old and long")
    key.chmod(0o400)

    def as_ordinary_user(path: str, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_WRONLY and os.path.exists(path) and not os.stat(path).st_mode & 0o200:
            raise PermissionError(13, "Permission denied", path)
        return open_file(path, flags, mode)

    monkeypatch.setattr(os, "open", as_ordinary_user)
    applied(tree, archive_of({"server.key": b"new"}))
    assert key.read_text() == "new"


def test_blocks_of_a_file_that_the_parent_lacks(tree: Path) -> None:
    with pytest.raises(Damaged) as raised:
        applied(tree, archive_of({"base/5/INCREMENTAL.9999": incremental({0: "a"}, truncation=1)}))
    assert (raised.value.code, "base/5/9999" in raised.value.message) == ("archive-damaged", True)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(incremental({0: "a", 1: "b"}, truncation=3)[:-BLOCK], id="a block is missing"),
        pytest.param(incremental({0: "a"}, truncation=3) + b"more", id="more than it names"),
        pytest.param(b"short", id="no header"),
        pytest.param(bytes(12), id="not an incremental file"),
    ],
)
def test_damaged_file_is_named(tree: Path, content: bytes) -> None:
    with pytest.raises(Damaged) as raised:
        applied(tree, archive_of({"base/5/INCREMENTAL.1259": content}))
    assert raised.value.code == "archive-damaged"


def test_file_that_comes_whole_and_in_blocks_is_refused(tree: Path) -> None:
    files = {"base/5/1259": block("A"), "base/5/INCREMENTAL.1259": incremental({0: "B"}, truncation=1)}
    with pytest.raises(Damaged, match="'base/5/1259' twice, whole and in blocks"):
        applied(tree, archive_of(files))
