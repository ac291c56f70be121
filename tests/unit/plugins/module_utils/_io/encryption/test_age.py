# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real program `age`, as a filter."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from age_key import age_key
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import (
    Damaged,
    InvalidInput,
    PitrError,
    Unavailable,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.encryption.age import (
    DecryptedReading,
    check_age,
    encrypt,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.encryption.age_identity import AgeIdentity
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.storage.directory import DirectoryStorage
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.stream import compression

CONTENT = os.urandom(300_000)


@pytest.fixture
def key() -> tuple[AgeIdentity, str]:
    return age_key()


def stored(tmp_path: Path, *recipients: str, content: bytes = CONTENT) -> DirectoryStorage:
    storage = DirectoryStorage(str(tmp_path))
    storage.put("a.age", encrypt(pieces_of(content), recipients=recipients))
    return storage


def pieces_of(content: bytes) -> Iterator[bytes]:
    return (content[at : at + 70_000] for at in range(0, len(content), 70_000))


def read(storage: DirectoryStorage, identity: AgeIdentity | None) -> bytes:
    with DecryptedReading(storage.read("a.age"), path="a.age", identity=identity) as reading:
        return b"".join(reading)


@pytest.mark.parametrize("size_bytes", [0, 1, 65_536, 300_000])
def test_what_is_encrypted_comes_back(size_bytes: int, tmp_path: Path, key: tuple[AgeIdentity, str]) -> None:
    storage = stored(tmp_path, key[1], content=CONTENT[:size_bytes])
    assert read(storage, key[0]) == CONTENT[:size_bytes]
    assert CONTENT[:32] not in (storage.read_all("a.age", limit_bytes=1 << 20) or b"")


def test_more_than_pipes_hold_passes_while_nobody_reads_ahead(tmp_path: Path, key: tuple[AgeIdentity, str]) -> None:
    storage = stored(tmp_path, key[1], content=CONTENT * 30)
    assert read(storage, key[0]) == CONTENT * 30


def test_each_of_several_recipients_reads_it(tmp_path: Path, key: tuple[AgeIdentity, str]) -> None:
    other = age_key()
    storage = stored(tmp_path, key[1], other[1])
    assert read(storage, key[0]) == read(storage, other[0]) == CONTENT


def test_another_identity_and_none_are_told_apart_from_damage(tmp_path: Path, key: tuple[AgeIdentity, str]) -> None:
    storage = stored(tmp_path, key[1])
    with pytest.raises(InvalidInput) as wrong:
        read(storage, age_key()[0])
    with pytest.raises(Unavailable) as missing:
        read(storage, None)
    assert (wrong.value.code, missing.value.code) == ("identity-wrong", "identity-missing")


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda content: content[:-1], id="the last byte is missing"),
        pytest.param(lambda content: content[:100_000], id="half of it is missing"),
        pytest.param(lambda content: content[:50], id="within the header"),
        pytest.param(lambda content: b"", id="empty"),
        pytest.param(lambda content: content + b"x", id="something behind it"),
        pytest.param(lambda content: content[:150_000] + bytes(9) + content[150_009:], id="bytes in the middle"),
    ],
)
def test_damage_is_told_whatever_was_read_before_it(damage, tmp_path: Path, key: tuple[AgeIdentity, str]) -> None:  # type: ignore[no-untyped-def]
    storage = stored(tmp_path, key[1])
    path = tmp_path / "a.age"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(Damaged) as caught:
        read(storage, key[0])
    assert caught.value.code == "encrypted-damaged"


def test_who_has_read_enough_is_told_nothing(tmp_path: Path, key: tuple[AgeIdentity, str]) -> None:
    storage = stored(tmp_path, key[1], content=CONTENT * 30)
    reading = DecryptedReading(storage.read("a.age"), path="a.age", identity=key[0])
    assert os.read(reading.descriptor, 10) == CONTENT[:10]
    reading.close()
    reading.close()


def test_the_reason_is_told_instead_of_what_a_reader_made_of_the_end(
    tmp_path: Path, key: tuple[AgeIdentity, str]
) -> None:
    storage = stored(tmp_path, key[1])
    with (
        pytest.raises(InvalidInput) as caught,
        DecryptedReading(storage.read("a.age"), path="a.age", identity=age_key()[0]) as reading,
    ):
        assert b"".join(reading) == b""
        raise Damaged("the stored file 'a.age' is damaged: it is empty", code="segment-damaged")
    assert caught.value.code == "identity-wrong"


def test_a_writer_that_gives_up_leaves_no_process(tmp_path: Path, key: tuple[AgeIdentity, str]) -> None:
    def failing() -> Iterator[bytes]:
        yield CONTENT
        raise KeyError

    with pytest.raises(KeyError):
        DirectoryStorage(str(tmp_path)).put("a.age", encrypt(failing(), recipients=[key[1]]))
    assert os.listdir(tmp_path) == []
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_recipient_that_the_program_refuses_fails_and_stores_nothing(tmp_path: Path) -> None:
    with pytest.raises(PitrError) as caught:
        stored(tmp_path, "age1nonsense")
    assert caught.value.code == "encryption-failed" and os.listdir(tmp_path) == []


def test_a_host_without_the_program_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(compression, "_USUAL_DIRECTORIES", ())
    with pytest.raises(Unavailable) as caught:
        check_age()
    assert caught.value.code == "program-missing" and "'age'" in caught.value.message
