# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.file_name import segment_name
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment import SegmentSize
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.wal.segment_range import SegmentRange
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.rate_limit import RateLimit
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.runner import Result
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.file_identity import file_identity
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal import stored_file
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.verify.wal import WalResult, WalTask, WalVerifier
from fake_runner import FakeRunner

SEGMENT_BYTES = 1 << 20
SIZE = SegmentSize(SEGMENT_BYTES)
MakeSegment = Callable[..., Path]


def name(number: int, *, timeline: int = 1) -> str:
    return segment_name(number, timeline=timeline, size_bytes=SEGMENT_BYTES)


def bad_record(number: int) -> str:
    return f"pg_waldump: error: error in WAL record at 0/0: incorrect prev-link 0/0 at 0/{number * SEGMENT_BYTES:X}"


class Waldump(FakeRunner):
    """Answers each stretch, first to last number, once, in order; what follows must be asked for exactly."""

    def __init__(self, *script: tuple[int, int, str]) -> None:
        self._script = list(script)

    def answer(self, argv: tuple[str, ...]) -> Result:
        first, last, stderr = self._script.pop(0)
        program, quiet, path, *names = argv
        assert (program, quiet, names) == ("/bin/pg_waldump", "--quiet", [name(first), name(last)])
        assert set(names) <= set(os.listdir(path.partition("=")[2]))
        return Result(argv, 1 if stderr else 0, "", stderr)

    def assert_done(self) -> None:
        assert self._script == []


@pytest.fixture
def store(folder: ClusterFolder, make_segment: MakeSegment, data_directory: Path) -> Callable[..., Path]:
    def put(number: int, **more: object) -> Path:
        source = make_segment(number, **more)
        folder.store_wal(str(source), data_directory=str(data_directory), compression="gzip")
        return Path(str(folder.find_wal(source.name)))

    return put


@pytest.fixture
def verify(folder: ClusterFolder, tmp_path: Path) -> Callable[..., WalResult]:
    """Verifies the numbers 3 to 6 unless told otherwise; nothing of it is left in the scratch directory."""

    def call(
        waldump: Waldump,
        *,
        first: int = 3,
        end: int = 7,
        next_names: tuple[str, ...] = (),
        is_last: bool = False,
        programs: Mapping[int, str] | None = None,
    ) -> WalResult:
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        verifier = WalVerifier(
            folder,
            scratch=str(scratch),
            programs={15: "/bin"} if programs is None else programs,
            version=15,
            runner=waldump,
        )
        task = WalTask(SegmentRange(1, first, end), SIZE, next_names=next_names, is_last=is_last)
        result = verifier.verify(task, note=lambda _count: None, rate_limit=RateLimit(None))
        waldump.assert_done()
        assert list(scratch.iterdir()) == []
        return result

    return call


def codes(result: WalResult) -> list[tuple[str, str | None]]:
    return [(each.code, each.segment) for each in result.findings]


def test_whole_block_is_one_question(store: Callable[..., Path], verify: Callable[..., WalResult]) -> None:
    for number in range(3, 8):
        store(number)

    assert verify(Waldump((3, 7, "")), next_names=(name(7),)) == WalResult(())
    assert verify(Waldump((3, 6, ""))) == WalResult(())


def test_bad_segments_are_named_and_the_rest_is_parsed(
    store: Callable[..., Path], verify: Callable[..., WalResult], folder: ClusterFolder
) -> None:
    for number in (3, 4, 6, 7):
        store(number)
    damaged = store(5)
    damaged.write_bytes(damaged.read_bytes()[:-20])

    result = verify(Waldump((3, 4, ""), (6, 7, "")), next_names=(name(7),))

    assert codes(result) == [("segment-damaged", name(5))]
    assert result.identities == {name(5): file_identity(str(damaged))}


def test_missing_and_foreign_segments(
    store: Callable[..., Path], verify: Callable[..., WalResult], folder: ClusterFolder
) -> None:
    for number in (3, 4, 6):
        store(number)
    other = store(8)
    foreign = Path(str(folder.find_wal(name(4))))
    other.rename(foreign.parent / f"{name(4)}.gz")

    result = verify(Waldump((3, 3, ""), (6, 6, "")))

    assert codes(result) == [("segment-damaged", name(4)), ("segment-missing", name(5))]
    assert "begins at byte" in result.findings[0].message


@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param(errno.ENOENT, "segment-missing", id="retention was faster"),
        pytest.param(errno.ESTALE, "segment-missing", id="another host's retention was faster"),
        pytest.param(errno.EIO, "segment-damaged", id="a bad sector"),
        pytest.param(errno.EUCLEAN, "segment-damaged", id="a damaged file system"),
        pytest.param(errno.EACCES, None, id="another's file"),
    ],
)
def test_what_the_system_says(
    number: int, code: str | None, store: Callable[..., Path], verify: Callable[..., WalResult], monkeypatch: Any
) -> None:
    for each in (3, 4, 5):
        store(each)
    real = stored_file.decompress

    def decompress(source: int, *, path: str, **more: Any) -> None:
        if name(4) in path:
            raise OSError(number, os.strerror(number))
        real(source, path=path, **more)

    monkeypatch.setattr(stored_file, "decompress", decompress)
    if code is None:
        with pytest.raises(Unavailable) as caught:
            verify(Waldump(), end=6)
        assert caught.value.code == "repository-not-readable"
    else:
        assert codes(verify(Waldump((3, 3, ""), (5, 5, "")), end=6)) == [(code, name(4))]


def test_what_can_t_be_read_is_named_and_passed_over(
    store: Callable[..., Path], verify: Callable[..., WalResult]
) -> None:
    for number in range(3, 7):
        store(number)

    result = verify(Waldump((3, 6, bad_record(4)), (5, 6, bad_record(6))))

    assert codes(result) == [("segment-unreadable", name(4)), ("segment-unreadable", name(6))]
    assert "incorrect prev-link" in result.findings[0].message


@pytest.mark.parametrize(
    "said",
    [
        "pg_waldump: error while loading shared libraries: libpq.so.5: cannot open shared object file",
        "pg_waldump: error: could not open directory: Permission denied",
        " ",
    ],
)
def test_a_program_that_fails_for_its_own_reasons_is_no_damage(
    store: Callable[..., Path], verify: Callable[..., WalResult], said: str
) -> None:
    store(3)
    with pytest.raises(Failed) as caught:
        verify(Waldump((3, 3, said)), end=4)
    assert caught.value.code == "command-failed" and said.strip() in caught.value.message


WRONG_CHECKSUM = (
    "pg_waldump: error: error in WAL record at 0/0: incorrect resource manager data checksum in record at 0/600100"
)


def test_wal_may_end_in_the_last_archived_segment(store: Callable[..., Path], verify: Callable[..., WalResult]) -> None:
    for number in range(3, 7):
        store(number)

    assert verify(Waldump((3, 6, bad_record(6))), is_last=True).findings == ()
    assert codes(verify(Waldump((3, 6, WRONG_CHECKSUM)), is_last=True)) == [("segment-unreadable", name(6))]
    assert codes(verify(Waldump((3, 6, bad_record(5)), (6, 6, "")), is_last=True)) == [("segment-unreadable", name(5))]


def test_what_lies_behind_the_block_has_its_own(store: Callable[..., Path], verify: Callable[..., WalResult]) -> None:
    for number in range(3, 8):
        store(number)

    assert verify(Waldump((3, 7, bad_record(7))), next_names=(name(7),)).findings == ()


NO_RECORD = "pg_waldump: error: could not find a valid record after 0/300000"


def test_inside_of_a_large_record_is_no_damage(store: Callable[..., Path], verify: Callable[..., WalResult]) -> None:
    for number in (3, 4, 5):
        store(number, rest=(6 - number) * SEGMENT_BYTES)

    assert verify(Waldump((3, 5, NO_RECORD)), end=4, next_names=(name(4),)).findings == ()
    assert verify(Waldump((3, 3, NO_RECORD)), end=4).findings == ()


def test_a_first_record_that_can_t_be_read_is_damage(
    store: Callable[..., Path], verify: Callable[..., WalResult]
) -> None:
    store(3, rest=SEGMENT_BYTES // 2)
    store(4)

    result = verify(Waldump((3, 4, NO_RECORD)), end=4, next_names=(name(4),))

    assert codes(result) == [("segment-unreadable", name(3))]


def test_last_record_goes_on_in_the_successor_s_file(
    store: Callable[..., Path], verify: Callable[..., WalResult]
) -> None:
    store(3)
    store(4, timeline=2)

    result = verify(Waldump((3, 4, "")), end=4, next_names=(name(4, timeline=2),))

    assert result == WalResult(())


def test_wal_of_another_version_is_parsed_by_itself(
    store: Callable[..., Path], verify: Callable[..., WalResult], data_directory: Path, folder: ClusterFolder
) -> None:
    store(3)
    upgraded = data_directory / "pg_wal" / name(4)
    store(5)
    content = bytearray((data_directory / "pg_wal" / name(5)).read_bytes())
    content[0:2] = (0xD118).to_bytes(2, "little")
    content[8:16] = (4 * SEGMENT_BYTES).to_bytes(8, "little")
    upgraded.write_bytes(content)
    folder.store_wal(str(upgraded), data_directory=str(data_directory), compression="gzip")

    result = verify(Waldump((3, 3, "")), end=5)

    assert result == WalResult((), unparsed=((SegmentRange(1, 4, 5), 18),))


def test_without_programs_the_rest_is_verified(store: Callable[..., Path], verify: Callable[..., WalResult]) -> None:
    store(3)

    result = verify(Waldump(), end=5, programs={})

    assert codes(result) == [("segment-missing", name(4))]
    assert result.unparsed == ((SegmentRange(1, 3, 4), 15),)
