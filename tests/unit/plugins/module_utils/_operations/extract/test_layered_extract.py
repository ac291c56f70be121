# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links that are put together, side by side, leave what they leave when each is applied over the one before."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.layer_depths import layer_depths
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.postgres.relation_layout import RelationLayout
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.checksum import SHA256
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.direct_write import LARGE_BYTES, DirectWriter
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.tar_digest import TarDigest, TarSink
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.tar_extract import TarExtract
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.backup import wait_for_all
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.chain import settle
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.incremental_apply import IncrementalApply
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.layered_extract import LayeredExtract
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.layered_files import Layer, LayeredFiles
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.turns import Turns
from sample_archives import tar_of
from sample_chain import BLOCK, chain, incremental, tree

SEGMENT_BLOCKS = 400
LAYOUT = RelationLayout(BLOCK, SEGMENT_BLOCKS)
DIRECTORIES = ("base", "base/5", "pg_wal")

BLOCKS = "base/5/INCREMENTAL.1"
Files = Mapping[str, bytes]
WHOLE: Files = {"base/5/1": b"x" * BLOCK}
Kept = Mapping[str, int]


def feed(sink: TarSink, files: Files, *, step: int, mode: int = 0o600) -> None:
    archive = tar_of(files, directories=DIRECTORIES, mode=mode)
    digest = TarDigest(algorithm=SHA256, sink=sink)
    for start in range(0, len(archive), step):
        digest.feed(memoryview(bytearray(archive[start : start + step])))
    digest.finish()


def one_over_the_other(root: Path, links: Sequence[Files], kept: Sequence[Kept], *, step: int = 1 << 19) -> None:
    root.mkdir()
    for number, files in enumerate(links):
        with closing(DirectWriter()) as writer:
            if number:
                sink: TarExtract = IncrementalApply(
                    str(root),
                    writer=writer,
                    block_size_bytes=BLOCK,
                    segment_blocks=SEGMENT_BLOCKS,
                    kept_blocks=kept[number].get,
                )
            else:
                sink = TarExtract(str(root), writer=writer)
            with closing(sink):
                feed(sink, files, step=step)
            writer.finish()
        assert not isinstance(sink, IncrementalApply) or settle(sink) == []


def damaged(what: str) -> Damaged:
    return Damaged(what, code="archive-damaged", hint="")


def together(
    root: Path,
    links: Sequence[Files],
    kept: Sequence[Kept],
    *,
    step: int = 1 << 19,
    mode: int = 0o600,
    most_held_bytes: int = 1 << 20,
) -> None:
    root.mkdir()
    numbers = range(len(links))[::-1]
    turns = Turns(len(links), most_held_bytes=most_held_bytes)
    depths = layer_depths(
        [links[number] for number in numbers], paths=links[-1], damaged=lambda _link, what: damaged(what)
    )
    layers = [Layer(lambda _layout, known=kept[number]: known.get, damaged) for number in numbers[:-1]]  # type: ignore[misc]

    def extract(number: int) -> None:
        turns.begin()
        try:
            with closing(DirectWriter()) as writer:
                link = numbers.index(number)
                sink = LayeredExtract(
                    str(root), writer=writer, files=files, link=link, is_full=not number, layout=lambda: LAYOUT
                )
                with closing(sink):
                    feed(sink, links[number], step=step, mode=mode)
                writer.finish()
        except BaseException:
            turns.give_up()
            raise

    files = LayeredFiles(str(root), layers=layers, depths=depths, turns=turns)
    with closing(files), ThreadPoolExecutor(len(links)) as pool:
        wait_for_all([pool.submit(extract, number) for number in numbers])


@pytest.mark.parametrize(
    ("most_blocks", "seeds", "step"),
    [
        pytest.param(6, range(40), 1 << 19, id="small files"),
        pytest.param(6, range(40, 50), 997, id="in odd pieces"),
        pytest.param(2 * LARGE_BYTES // BLOCK + 40, range(50, 58), 1 << 19, id="files that are written directly"),
        pytest.param(LARGE_BYTES // BLOCK + 9, range(58, 62), 100_003, id="in odd pieces, too"),
    ],
)
def test_the_same_comes_of_it(tmp_path: Path, most_blocks: int, seeds: range, step: int) -> None:
    for seed in seeds:
        links, kept = chain(random.Random(seed), most_blocks=most_blocks)
        one, other = tmp_path / f"{seed} one", tmp_path / f"{seed} other"
        one_over_the_other(one, links, kept, step=step)
        together(other, links, kept, step=step, most_held_bytes=(seed % 3) * 40_000)
        assert tree(other) == tree(one), seed


def test_what_is_called_like_an_incremental_file_in_a_full_backup_is_a_file(tmp_path: Path) -> None:
    links = [
        {"INCREMENTAL.1": b"mine", "base/5/1": b"x" * BLOCK},
        {BLOCKS: incremental({}, truncation=1)},
    ]
    together(tmp_path / "data", links, [{}, {}])
    assert (tmp_path / "data" / "base/5/1").read_bytes() == b"x" * BLOCK
    assert not (tmp_path / "data" / "INCREMENTAL.1").exists()


@pytest.mark.parametrize(
    ("newest", "older", "said"),
    [
        pytest.param({BLOCKS: incremental({}, truncation=1)}, {}, "it has no file 'base/5/1'", id="no such file"),
        pytest.param(
            {BLOCKS: incremental({}, truncation=1), "base/5/1": b"x"},
            {},
            "twice",
            id="blocks and whole",
        ),
        pytest.param(
            {"base/5/1": b"x", BLOCKS: incremental({}, truncation=1)},
            {},
            "twice",
            id="whole and blocks",
        ),
        pytest.param({BLOCKS: b"nonsense, and more"}, WHOLE, "not its format", id="another format"),
        pytest.param({BLOCKS: b"\x0d"}, WHOLE, "not its format", id="too short"),
        pytest.param({BLOCKS: incremental({0: b"x" * BLOCK}, truncation=1)[:-1]}, WHOLE, "names 1 blocks", id="cut"),
        pytest.param(
            {BLOCKS: incremental({0: b"x" * BLOCK}, truncation=1) + b"x"},
            WHOLE,
            "names 1 blocks",
            id="more",
        ),
        pytest.param(
            {BLOCKS: incremental({SEGMENT_BLOCKS: b"x" * BLOCK}, truncation=1)},
            WHOLE,
            f"has block {SEGMENT_BLOCKS}",
            id="beyond what a file can have",
        ),
    ],
)
def test_damage_is_told(tmp_path: Path, newest: Files, older: Files, said: str) -> None:
    with pytest.raises(Damaged, match=said):
        together(tmp_path / "data", [older, newest], [{}, {}])


def test_nothing_is_left_of_the_blocks(tmp_path: Path) -> None:
    links = [{"base/5/1": b"x" * BLOCK}, {BLOCKS: incremental({0: b"y" * BLOCK}, truncation=1)}]
    together(tmp_path / "data", links, [{}, {}])
    assert sorted(os.listdir(tmp_path / "data")) == ["base", "pg_wal"]
    assert (tmp_path / "data" / "base/5/1").read_bytes() == b"y" * BLOCK


def test_what_is_empty_takes_no_room(tmp_path: Path) -> None:
    """A few bytes of a backup state a file of many blocks, as a table has that was extended and never written."""
    far = 390
    links = [{"base/5/1": b"x" * BLOCK}, {BLOCKS: incremental({far: b"y" * BLOCK}, truncation=far + 5)}]
    together(tmp_path / "data", links, [{}, {}])
    made = tmp_path / "data" / "base/5/1"
    assert made.read_bytes() == b"x" * BLOCK + bytes((far - 1) * BLOCK) + b"y" * BLOCK + bytes(4 * BLOCK)
    assert made.stat().st_blocks * 512 < made.stat().st_size * 3 / 4


@pytest.mark.parametrize("size_bytes", [5 * BLOCK + 77, LARGE_BYTES + 5 * BLOCK + 77])
def test_what_lies_behind_an_odd_end_is_empty(tmp_path: Path, size_bytes: int) -> None:
    """As of a server that crashed while it extended the file."""
    whole = b"x" * size_bytes
    blocks = -(-size_bytes // BLOCK) + 3
    links = [{"base/5/0": b"y" * 3 * LARGE_BYTES, "base/5/1": whole}, {BLOCKS: incremental({}, truncation=blocks)}]
    together(tmp_path / "data", links, [{}, {}])
    assert (tmp_path / "data" / "base/5/1").read_bytes() == whole.ljust(blocks * BLOCK, b"\0")


def test_modes_are_those_of_the_archive(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        links = [{"base/5/1": b"x" * BLOCK}, {BLOCKS: incremental({0: b"y" * BLOCK}, truncation=1), "whole": b"z"}]
        together(tmp_path / "data", links, [{}, {}], mode=0o640)
    finally:
        os.umask(before)
    assert {mode & 0o777 for mode, _content in tree(tmp_path / "data").values() if mode & 0o100000} == {0o640}
