# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes out of the archives is what went in, or nothing is said to have come out."""

from __future__ import annotations

import os
import tarfile
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.manifest import Manifest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.record import Backup
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged, Failed, PitrError, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream.direct_write import (
    DirectFile,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.extract.backup import extract_backup
from folder_of_backup import folder_of_backup
from sample_archives import manifest_of, tar_of
from sample_backup import sample_backup

BASE = {"backup_label": b"START", "empty": b"", "base/5/1259": bytes(range(256)) * 9000, "global/pg_control": b"x" * 99}
SPACE = {"PG_18_1/5/16401": b"rows" * 5000}
BACKUP = sample_backup(files=("16400.tar", "backup_manifest", "base.tar"), tablespaces={16400: "/mnt/ts"})


def base_tar(files: Mapping[str, bytes]) -> bytes:
    """An archive with every directory above the files, and the link of the tablespace."""
    above = sorted({str(parent) for path in files for parent in Path(path).parents if str(parent) != "."})
    return tar_of(files, directories=above, links={"pg_tblspc/16400": "/mnt/ts"})


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "it's a backup"
    folder.mkdir()
    (folder / "base.tar").write_bytes(base_tar(BASE))
    (folder / "16400.tar").write_bytes(base_tar(SPACE))
    every = {**BASE, **{f"pg_tblspc/16400/{name}": data for name, data in SPACE.items()}}
    (folder / "backup_manifest").write_text(manifest_of(every), encoding="utf-8")
    return folder


def manifest_in(source: Path) -> Manifest:
    return Manifest.parse((source / "backup_manifest").read_text(encoding="utf-8"))


def extract(source: Path, *, backup: Backup = BACKUP, timeout_seconds: float = 60) -> tuple[Path, Path]:
    base, space = source.parent / "base", source.parent / "space"
    base.mkdir()
    space.mkdir()
    extract_backup(
        backup,
        folder=folder_of_backup(backup.label, source),
        manifest=manifest_in(source),
        base=str(base),
        tablespaces={16400: str(space)},
        timeout_seconds=timeout_seconds,
    )
    return base, space


def extract_without_space(source: Path, base: Path) -> None:
    manifest = manifest_in(source)
    extract_backup(
        BACKUP,
        folder=folder_of_backup(BACKUP.label, source),
        manifest=manifest,
        base=str(base),
        tablespaces={},
        timeout_seconds=60,
    )


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_everything_is_there_with_its_permissions(source: Path) -> None:
    base, space = extract(source)
    assert (contents(base), contents(space)) == (BASE, SPACE)
    assert (base / "base" / "5").stat().st_mode & 0o777 == 0o750
    assert (base / "base" / "5" / "1259").stat().st_mode & 0o777 == 0o600


def test_links_are_left_to_the_plan(source: Path) -> None:
    base, _space = extract(source)
    assert not (base / "pg_tblspc" / "16400").is_symlink()


@pytest.mark.parametrize("name", ["base.tar", "16400.tar"])
def test_damaged_content_is_named(source: Path, name: str) -> None:
    archive = source / name
    data = bytearray(archive.read_bytes())
    place = data.index(b"rows" * 10) if name == "16400.tar" else data.index(bytes(range(256)))
    data[place] ^= 1
    archive.write_bytes(data)
    with pytest.raises(Damaged) as raised:
        extract(source)
    assert raised.value.code == "backup-damaged"
    assert "has a wrong checksum" in raised.value.message


def test_what_one_archive_lacks_is_not_told_of_another(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are written at once, and the damage of the one ends the other."""
    large = {name: bytes(24 << 20) for name in ("base/5/1", "PG_18_1/5/16401")}
    (source / "base.tar").write_bytes(base_tar({"base/5/1": large["base/5/1"]})[: 3 << 20])
    (source / "16400.tar").write_bytes(base_tar({"PG_18_1/5/16401": large["PG_18_1/5/16401"]}))
    every = {"base/5/1": large["base/5/1"], "pg_tblspc/16400/PG_18_1/5/16401": large["PG_18_1/5/16401"]}
    (source / "backup_manifest").write_text(manifest_of(every), encoding="utf-8")
    given_up = threading.Event()
    abandon, write = DirectFile.abandon, DirectFile.write

    def note(file: DirectFile) -> None:
        abandon(file)
        given_up.set()

    def wait(file: DirectFile, piece: memoryview) -> None:
        if file.path.endswith("/16401"):
            assert given_up.wait(60)
        write(file, piece)

    monkeypatch.setattr(DirectFile, "abandon", note)
    monkeypatch.setattr(DirectFile, "write", wait)
    with pytest.raises(Damaged, match="archive of the backup is truncated") as raised:
        extract(source)
    assert raised.value.code == "backup-damaged"


def test_tablespace_without_a_directory_is_checked_and_written_nowhere(source: Path) -> None:
    base = source.parent / "base"
    base.mkdir()
    extract_backup(
        BACKUP,
        folder=folder_of_backup(BACKUP.label, source),
        manifest=manifest_in(source),
        base=str(base),
        tablespaces={},
        timeout_seconds=60,
    )
    assert contents(base) == BASE
    assert {path.name for path in source.parent.iterdir()} == {"base", source.name}

    (source / "16400.tar").write_bytes(base_tar({"PG_18_1/5/16401": b"rowz" * 5000}))
    other = source.parent / "other"
    other.mkdir()
    with pytest.raises(Damaged, match=r"pg_tblspc/16400/PG_18_1/5/16401' has a wrong checksum"):
        extract_backup(
            BACKUP,
            folder=folder_of_backup(BACKUP.label, source),
            manifest=manifest_in(source),
            base=str(other),
            tablespaces={},
            timeout_seconds=60,
        )


def test_archive_that_was_cut_off(source: Path) -> None:
    archive = source / "base.tar"
    archive.write_bytes(archive.read_bytes()[:-20000])
    with pytest.raises(Damaged) as raised:
        extract(source)
    assert raised.value.code == "backup-damaged"


def test_archive_that_is_missing(source: Path) -> None:
    (source / "base.tar").unlink()
    with pytest.raises(Damaged, match=r"base\.tar"):
        extract(source)


def test_file_that_only_the_archive_has(source: Path) -> None:
    (source / "base.tar").write_bytes(base_tar({**BASE, "base/5/stranger": b"?"}))
    with pytest.raises(Damaged, match="stranger"):
        extract(source)


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "base/../../outside"])
def test_name_that_leads_outside_is_not_followed(source: Path, name: str) -> None:
    (source / "base.tar").write_bytes(base_tar({name: b"?"}))
    with pytest.raises(PitrError) as raised:
        extract(source)
    assert raised.value.code == "backup-damaged"
    assert not (source.parent / "outside").exists()


def test_file_in_the_way(source: Path) -> None:
    base = source.parent / "base"
    (base / "base" / "5").mkdir(parents=True)
    (base / "base" / "5" / "1259").write_bytes(b"mine")
    (source.parent / "space").mkdir()
    with pytest.raises(Failed) as raised:
        extract_backup(
            BACKUP,
            folder=folder_of_backup(BACKUP.label, source),
            manifest=manifest_in(source),
            base=str(base),
            tablespaces={16400: str(source.parent / "space")},
            timeout_seconds=60,
        )
    assert raised.value.code == "unpack-failed"
    assert (base / "base" / "5" / "1259").read_bytes() == b"mine"


def test_time_that_is_up(source: Path) -> None:
    with pytest.raises(Unavailable) as raised:
        extract(source, timeout_seconds=-1)
    assert raised.value.code == "unpack-timeout"


def test_archive_that_the_record_does_not_have_is_left_alone(source: Path) -> None:
    with pytest.raises(Damaged, match="is missing"):
        extract(source, backup=replace(BACKUP, files=("16400.tar", "backup_manifest")))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("base/5/1259", bytes(64 << 20), id="more than the manifest states"),
        pytest.param("base/5/1260", b"", id="a file that the manifest has not"),
        pytest.param("../outside", b"x", id="a name that leads outside"),
    ],
)
def test_what_was_not_backed_up_is_refused_before_it_is_written(name: str, content: bytes, source: Path) -> None:
    files = {key: data for key, data in BASE.items() if key != name}
    (source / "base.tar").write_bytes(base_tar({name: content, **files}))
    with pytest.raises(Damaged) as caught:
        extract(source)
    assert caught.value.code == "backup-damaged"
    assert name.partition("/")[0] in caught.value.message
    assert all(path.stat().st_size < 3 << 20 for path in source.parent.rglob("*") if path.parent != source)
    assert not (source.parent / "outside").exists()


@pytest.mark.parametrize("kind", [tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_fifos_and_devices_are_refused(kind: bytes, source: Path) -> None:
    member = tarfile.TarInfo("base/5/1259")
    member.type, member.linkname = kind, "/etc/passwd"
    block = member.tobuf(tarfile.USTAR_FORMAT)
    (source / "base.tar").write_bytes(block + base_tar(BASE))
    with pytest.raises(Damaged) as caught:
        extract(source)
    assert caught.value.code == "backup-damaged"
    assert not (source.parent / "base" / "base" / "5" / "1259").exists()


def test_others_may_not_write_whatever_the_archive_says(source: Path) -> None:
    (source / "base.tar").write_bytes(base_tar(BASE).replace(b"0000600\0", b"0000666\0"))
    archive = bytearray((source / "base.tar").read_bytes())
    position = archive.find(b"backup_label")
    archive[position + 148 : position + 156] = b" " * 8
    archive[position + 148 : position + 156] = b"%06o\0 " % sum(archive[position : position + 512])
    (source / "base.tar").write_bytes(archive)
    before = os.umask(0)
    try:
        with pytest.raises(Damaged):
            extract(source)
    finally:
        os.umask(before)
    assert (source.parent / "base" / "backup_label").stat().st_mode & 0o777 == 0o644
