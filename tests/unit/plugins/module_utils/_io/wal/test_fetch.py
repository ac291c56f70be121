# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import resource
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, Missing, Refused, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.fetch import fetch_wal_file

METHODS = ("none", "zstd", "lz4", "gzip")
MakeSegment = Callable[..., Path]


@pytest.fixture(params=METHODS)
def stored(request: pytest.FixtureRequest, folder: ClusterFolder, make_segment: MakeSegment) -> Path:
    """A segment that is stored in each compression; its path in the repository."""
    source = make_segment(3, body=os.urandom(300_000))
    folder.store_wal(str(source), data_directory=str(source.parent.parent), compression=request.param)
    return Path(str(folder.find_wal(source.name)))


def expect_damage(folder: ClusterFolder, tmp_path: Path, *, told: str = "damaged") -> None:
    target = tmp_path / "pg_wal" / "RECOVERYXLOG"
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(b"what was there before")
    with pytest.raises(Damaged) as caught:
        folder.fetch_wal("000000010000000000000003", str(target))
    assert caught.value.code == "segment-damaged"
    assert told in caught.value.message
    assert os.listdir(target.parent) == ["RECOVERYXLOG"]
    assert target.read_bytes() == b"what was there before"


@pytest.mark.parametrize("place", [0.0, 0.25, 0.5, 0.999999])
def test_damaged_byte_is_found_before_anybody_sees_the_segment(
    place: float, stored: Path, folder: ClusterFolder, tmp_path: Path
) -> None:
    content = bytearray(stored.read_bytes())
    # Flags and times in a header may change without a change of content; what they compress may not.
    position = int(len(content) * place) if place else 20
    content[position] ^= 0x01
    stored.write_bytes(content)
    if place == 0.0 and stored.suffix in (".gz", ".lz4", ".zst"):
        content[0] ^= 0xFF
        stored.write_bytes(content)
    expect_damage(folder, tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.999999])
def test_truncated_file_is_found(share: float, stored: Path, folder: ClusterFolder, tmp_path: Path) -> None:
    os.truncate(stored, int(stored.stat().st_size * share))
    expect_damage(folder, tmp_path)


def test_file_that_goes_on_is_found(stored: Path, folder: ClusterFolder, tmp_path: Path) -> None:
    with open(stored, "ab") as stream:
        stream.write(stored.read_bytes())
    expect_damage(folder, tmp_path)


def test_plain_file_without_its_checksum_is_not_trusted(
    folder: ClusterFolder, make_segment: MakeSegment, tmp_path: Path
) -> None:
    source = make_segment(3)
    folder.store_wal(str(source), data_directory=str(source.parent.parent), compression="none")
    os.unlink(f"{folder.find_wal(source.name)}.crc32")
    expect_damage(folder, tmp_path, told="is missing")


def test_segment_under_another_name_is_found(folder: ClusterFolder, make_segment: MakeSegment, tmp_path: Path) -> None:
    source = make_segment(4)
    folder.store_wal(str(source), data_directory=str(source.parent.parent), compression="gzip")
    stored = Path(str(folder.find_wal(source.name)))
    stored.rename(stored.with_name("000000010000000000000003.gz"))
    expect_damage(folder, tmp_path, told="begins at byte")


def test_foreign_segment_is_refused(folder: ClusterFolder, make_segment: MakeSegment, tmp_path: Path) -> None:
    source = make_segment(3)
    folder.store_wal(str(source), data_directory=str(source.parent.parent), compression="gzip")
    identity = Path(folder.path, "cluster.json")
    identity.write_text(identity.read_text().replace("7123456789012345678", "42"))
    with pytest.raises(Refused) as caught:
        folder.fetch_wal(source.name, str(tmp_path / "out"))
    assert caught.value.code == "segment-foreign"
    assert not (tmp_path / "out").exists()


def test_missing_file_is_told_apart(folder: ClusterFolder, tmp_path: Path) -> None:
    with pytest.raises(Missing) as caught:
        folder.fetch_wal("000000010000000000000003", str(tmp_path / "out"))
    assert caught.value.code == "segment-missing"


def test_place_that_cannot_be_written_is_named(stored: Path, folder: ClusterFolder, tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        folder.fetch_wal("000000010000000000000003", str(tmp_path / "none" / "out"))
    assert caught.value.code == "write-failed"
    assert "none/out" in caught.value.message
    assert stored.exists()


def test_decompressor_that_is_not_installed_is_no_damage(
    folder: ClusterFolder, make_segment: MakeSegment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source = make_segment(3)
    folder.store_wal(str(source), data_directory=str(source.parent.parent), compression="zstd")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(Unavailable) as caught:
        folder.fetch_wal(source.name, str(tmp_path / "out"))
    assert caught.value.code == "program-missing"
    assert os.listdir(tmp_path).count("out") == 0


def test_a_repository_that_goes_away_is_not_the_end_of_the_archive(
    folder: ClusterFolder, make_segment: MakeSegment, tmp_path: Path
) -> None:
    """Between the look at its identity and that for the segment."""
    folder.store_wal(str(make_segment(3)), data_directory=str(tmp_path / "it's data"))
    document = folder.identity().document()
    Path(folder.path).rename(tmp_path / "away")
    Path(folder.path).mkdir()
    for name in ("000000010000000000000003", "000000010000000000000004"):
        with pytest.raises(Unavailable) as caught:
            fetch_wal_file(folder.storage, name=name, destination=str(tmp_path / "x"), document=document)
        assert caught.value.code == "repository-missing"


def test_a_segment_that_goes_away_while_it_is_fetched_is_missing(
    folder: ClusterFolder, make_segment: MakeSegment, tmp_path: Path
) -> None:
    class Removing(DirectoryStorage):
        """Retention removes what has just been found."""

        def stat(self, key: str) -> tuple[int, float, str] | None:
            found = super().stat(key)
            if found is not None:
                os.unlink(self.address(key))
            return found

    folder.store_wal(str(make_segment(3)), data_directory=str(tmp_path / "it's data"))
    document = folder.identity().document()
    with pytest.raises(Missing) as caught:
        fetch_wal_file(
            Removing(folder.path), name="000000010000000000000003", destination=str(tmp_path / "x"), document=document
        )
    assert caught.value.code == "segment-missing"
    assert not list(tmp_path.glob(".x.*"))


BOMB = 1 << 30


def bomb(directory: Path, name: str) -> Path:
    """A gibibyte of zeros, in a megabyte; at the same place the file that it stands for."""
    directory.mkdir(parents=True, exist_ok=True)
    compressor, path = zlib.compressobj(9, zlib.DEFLATED, 31), directory / f"{name}.gz"
    with path.open("wb") as stream:
        for _each in range(BOMB >> 20):
            stream.write(compressor.compress(bytes(1 << 20)))
        stream.write(compressor.flush())
    return path


@pytest.mark.parametrize(
    ("name", "folder_of"),
    [
        ("000000010000000000000003", "wal/00000001/00000000"),
        ("00000002.history", "wal/00000002"),
        ("000000010000000000000003.00000028.backup", "wal/00000001/00000000"),
        ("000000010000000000000003.partial", "wal/00000001/00000000"),
    ],
)
def test_no_file_becomes_larger_than_its_kind(name: str, folder_of: str, folder: ClusterFolder, tmp_path: Path) -> None:
    bomb(Path(folder.path) / folder_of, name)
    target = tmp_path / "pg_wal" / "RECOVERYXLOG"
    target.parent.mkdir()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Damaged) as caught:
        folder.fetch_wal(name, str(target))
    assert caught.value.code == "segment-damaged"
    assert "has more than" in caught.value.message
    assert os.listdir(target.parent) == []
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_what_a_killed_fetch_left_is_removed_by_the_next_one(
    folder: ClusterFolder, make_segment: MakeSegment, tmp_path: Path
) -> None:
    folder.store_wal(str(make_segment(3)), data_directory=str(tmp_path / "it's data"))
    target = tmp_path / "pg_wal" / "RECOVERYXLOG"
    target.parent.mkdir()
    (target.parent / ".RECOVERYXLOG.0123456789abcdef.tmp").write_bytes(b"half")
    folder.fetch_wal("000000010000000000000003", str(target))
    assert os.listdir(target.parent) == ["RECOVERYXLOG"]


def test_a_fifo_instead_of_a_segment_is_not_waited_for(folder: ClusterFolder, tmp_path: Path) -> None:
    place = Path(folder.path) / "wal" / "00000001" / "00000000"
    place.mkdir(parents=True)
    os.mkfifo(place / "000000010000000000000003")
    with pytest.raises(Damaged) as caught:
        folder.fetch_wal("000000010000000000000003", str(tmp_path / "x"))
    assert caught.value.code == "file-not-regular"
    assert not (tmp_path / "x").exists()
