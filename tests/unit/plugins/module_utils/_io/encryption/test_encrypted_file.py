# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Encrypted WAL files, by a host that cannot decrypt them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import storage_server
from age_key import age_key
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import (
    Damaged,
    InvalidInput,
    PitrError,
    Refused,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.layout import digest_key
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.encryption.age_identity import AgeIdentity
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.encryption.encrypted_file import check_stored
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.remote.connection import Connections
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.remote.storage import RemoteStorage
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.append_only import AppendOnly
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.cluster_folder import ClusterFolder
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.wal.lookup import find_stored
from control_file import write_control_file
from other_writer import OtherWriter

MakeSegment = Callable[..., Path]
METHODS = ("none", "zstd", "lz4", "gzip")


@pytest.fixture
def key() -> tuple[AgeIdentity, str]:
    return age_key()


@pytest.fixture(autouse=True)
def control_file(data_directory: Path) -> None:
    """The file with the cluster's secret."""
    write_control_file(data_directory)


def encrypting(folder: ClusterFolder, key: tuple[AgeIdentity, str]) -> ClusterFolder:
    folder.recipients = (key[1],)
    return folder


def store(folder: ClusterFolder, source: Path, *, compression: str = "gzip") -> bool:
    return folder.store_wal(str(source), data_directory=str(source.parent.parent), compression=compression)


def stored_path(folder: ClusterFolder, source: Path) -> Path:
    found = folder.find_wal(source.name)
    assert found is not None
    return Path(found)


@pytest.mark.parametrize("method", METHODS)
def test_it_comes_back_with_the_identity_and_is_known_again_without(
    method: str, folder: ClusterFolder, make_segment: MakeSegment, key: tuple[AgeIdentity, str], tmp_path: Path
) -> None:
    source = make_segment(3)
    assert store(encrypting(folder, key), source, compression=method)
    assert not store(folder, source, compression=method), "the same again"
    path = stored_path(folder, source)
    assert path.name.endswith(".age") and source.read_bytes()[:64] not in path.read_bytes()
    check_stored(folder.storage, find_stored(folder.storage, name=source.name) or "")
    with pytest.raises(PitrError) as caught:
        folder.fetch_wal(source.name, str(tmp_path / "back"))
    assert caught.value.code == "identity-missing" and not (tmp_path / "back").exists()
    folder.age_identity = key[0]
    folder.fetch_wal(source.name, str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == source.read_bytes()
    assert folder.wal_names() == (source.name,) and folder.stored_wal().others == ()


def test_it_can_be_read_by_hand(
    folder: ClusterFolder, make_segment: MakeSegment, key: tuple[AgeIdentity, str], tmp_path: Path
) -> None:
    source = make_segment(3)
    store(encrypting(folder, key), source)
    (tmp_path / "key").write_bytes(Path(f"/proc/self/fd/{key[0].descriptor()}").read_bytes())
    command = f"age -d -i '{tmp_path}/key' \"{stored_path(folder, source)}\" | gzip -dc"
    assert subprocess.run(["sh", "-c", command], check=True, capture_output=True).stdout == source.read_bytes()


def test_other_content_is_refused(
    folder: ClusterFolder, make_segment: MakeSegment, key: tuple[AgeIdentity, str]
) -> None:
    store(encrypting(folder, key), make_segment(3))
    with pytest.raises(Refused) as caught:
        store(folder, make_segment(3, body=b"other"))
    assert caught.value.code == "segment-differs"


def test_a_standby_with_the_same_secret_knows_it_and_another_cluster_does_not(
    folder: ClusterFolder, make_segment: MakeSegment, key: tuple[AgeIdentity, str]
) -> None:
    source = make_segment(3)
    store(encrypting(folder, key), source)
    write_control_file(source.parent.parent, before=260)
    assert not store(folder, source)
    write_control_file(source.parent.parent, secret=bytes(32))
    with pytest.raises(Refused):
        store(folder, source)


def test_the_digests_of_one_content_under_two_secrets_have_nothing_in_common(
    folder: ClusterFolder, make_segment: MakeSegment, key: tuple[AgeIdentity, str]
) -> None:
    source, found = make_segment(3), []
    for secret in (bytes(32), bytes(31) + b"\1"):
        write_control_file(source.parent.parent, secret=secret)
        store(encrypting(folder, key), source)
        stored = find_stored(folder.storage, name=source.name) or ""
        found.append((folder.storage.read_all(digest_key(stored)) or b"").split()[0])
        folder.storage.delete([stored, digest_key(stored)])
    assert found[0] != found[1]


def test_clear_segments_from_before_stay_and_are_known_again(
    folder: ClusterFolder, make_segment: MakeSegment, key: tuple[AgeIdentity, str], tmp_path: Path
) -> None:
    old, new = make_segment(3), make_segment(4)
    store(folder, old)
    store(encrypting(folder, key), new)
    assert not store(folder, old) and not stored_path(folder, old).name.endswith(".age")
    folder.recipients = ()
    assert not store(folder, new), "encryption was switched off again"
    folder.fetch_wal(old.name, str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == old.read_bytes()
    assert folder.wal_names() == (old.name, new.name)


@pytest.mark.parametrize("where", [0, 100, -1])
def test_a_changed_byte_is_found_without_the_identity(
    where: int, folder: ClusterFolder, make_segment: MakeSegment, key: tuple[AgeIdentity, str]
) -> None:
    source = make_segment(3)
    store(encrypting(folder, key), source)
    path = stored_path(folder, source)
    content = bytearray(path.read_bytes())
    content[where] ^= 1
    path.write_bytes(content)
    with pytest.raises(Damaged) as caught:
        check_stored(folder.storage, find_stored(folder.storage, name=source.name) or "")
    assert caught.value.code == "segment-damaged"


def test_a_truncated_one_is_not_taken_for_stored(
    folder: ClusterFolder, make_segment: MakeSegment, key: tuple[AgeIdentity, str]
) -> None:
    source = make_segment(3)
    store(encrypting(folder, key), source)
    path = stored_path(folder, source)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Damaged):
        store(folder, source)


@pytest.mark.parametrize("content", [b"", b"only one\n"])
def test_without_its_digests_nothing_is_said_to_be_the_same(
    content: bytes, folder: ClusterFolder, make_segment: MakeSegment, key: tuple[AgeIdentity, str]
) -> None:
    source = make_segment(3)
    store(encrypting(folder, key), source)
    beside = Path(f"{stored_path(folder, source)}.digest")
    beside.write_bytes(content)
    with pytest.raises(Damaged) as caught:
        store(folder, source)
    assert beside.name in caught.value.message


def test_what_a_killed_call_left_of_digests_is_replaced_also_by_those_who_may_only_add(
    folder: ClusterFolder, make_segment: MakeSegment, key: tuple[AgeIdentity, str]
) -> None:
    source = make_segment(3)
    store(encrypting(folder, key), source)
    stored = find_stored(folder.storage, name=source.name) or ""
    folder.storage.delete([stored])
    folder.storage = AppendOnly(folder.storage)
    assert store(folder, source) and not store(folder, source)
    with pytest.raises(Refused):
        folder.storage.put(digest_key(stored), [b"forged"], replaces="any")


@pytest.mark.parametrize("is_left", [False, True], ids=["", "beside what a killed call left"])
def test_two_hosts_that_store_the_same_segment_at_once_have_stored_it(
    is_left: bool, folder: ClusterFolder, make_segment: MakeSegment, key: tuple[AgeIdentity, str]
) -> None:
    source, storage = make_segment(3), encrypting(folder, key).storage
    if is_left:
        store(folder, source)
        storage.delete([find_stored(storage, name=source.name) or ""])
    other = ClusterFolder(os.path.dirname(folder.path), name=folder.name, recipients=folder.recipients)
    folder.storage = OtherWriter(storage, lambda: store(other, source))  # type: ignore[assignment]
    assert not store(folder, source)
    check_stored(storage, find_stored(storage, name=source.name) or "")
    folder.storage = storage
    assert not store(folder, source) and not store(other, source)
    with pytest.raises(Refused):
        store(folder, make_segment(3, body=b"other"))


def test_of_two_hosts_with_other_content_only_one_has_stored_it(
    folder: ClusterFolder, make_segment: MakeSegment, key: tuple[AgeIdentity, str]
) -> None:
    first, storage = make_segment(3), encrypting(folder, key).storage
    other = ClusterFolder(os.path.dirname(folder.path), name=folder.name, recipients=folder.recipients)
    content = first.read_bytes()

    def store_other() -> None:
        store(other, make_segment(3, body=b"of the other"), compression="none")
        first.write_bytes(content)

    folder.storage = OtherWriter(storage, store_other)  # type: ignore[assignment]
    with pytest.raises(Refused) as caught:
        store(folder, first, compression="none")
    assert caught.value.code == "segment-differs"


def test_histories_stay_readable(
    folder: ClusterFolder, make_segment: MakeSegment, key: tuple[AgeIdentity, str], data_directory: Path
) -> None:
    history = data_directory / "pg_wal" / "00000002.history"
    history.write_text("1\t0/3000000\tno recovery target specified\n")
    assert store(encrypting(folder, key), history)
    assert stored_path(folder, history).read_text() == history.read_text()


def test_another_host_takes_and_gives_what_it_cannot_read(
    folder: ClusterFolder, make_segment: MakeSegment, key: tuple[AgeIdentity, str], tmp_path: Path
) -> None:
    source, paths = make_segment(3), os.pathsep.join(each for each in sys.path if each)
    command = ["env", f"PYTHONPATH={paths}", sys.executable, "-B", storage_server.__file__, folder.path]
    folder.storage = RemoteStorage(Connections(command, place="pgpitr@backup1:/srv", name="db1"), name="db1")
    assert store(encrypting(folder, key), source) and not store(folder, source)
    folder.age_identity = age_key()[0]
    with pytest.raises(InvalidInput) as caught:
        folder.fetch_wal(source.name, str(tmp_path / "back"))
    assert caught.value.code == "identity-wrong"
    folder.age_identity = key[0]
    folder.fetch_wal(source.name, str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == source.read_bytes()
