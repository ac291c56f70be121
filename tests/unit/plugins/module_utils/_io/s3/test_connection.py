# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials that expire in the middle are renewed, and a store that cannot prove who it is gets nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import PitrError
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.s3_credentials import format_credentials
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.s3.client import S3Client
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.s3.storage import S3Storage
from credential_source import FAILURE, CredentialSource, credentials
from storage_bucket_place import BucketPlace
from storage_place import KEY, PIECES, WHOLE
from store_proxy import StoreProxy
from support.authority import Authority
from support.seaweed import ACCESS_KEY_ID, OTHER_ACCOUNTS, SECRET_ACCESS_KEY, Seaweed

LARGE = [bytes([number]) * (1 << 20) for number in range(40)]
ACCOUNTS = [(ACCESS_KEY_ID, SECRET_ACCESS_KEY), *OTHER_ACCOUNTS.items()]
WITHOUT_KEYS = {"repository_s3_access_key_id": "", "repository_s3_secret_access_key": ""}


@pytest.fixture(scope="module")
def place(seaweed: Seaweed) -> BucketPlace:
    """A bucket."""
    return BucketPlace(seaweed)


@pytest.fixture
def proxy(seaweed: Seaweed) -> Iterator[StoreProxy]:
    """What lies between, and lets keys expire."""
    with StoreProxy(seaweed.endpoint) as made:
        yield made


@pytest.fixture
def open_storage(place: BucketPlace, proxy: StoreProxy) -> Iterator[Callable[..., S3Storage]]:
    """Opens the storage behind the proxy, without keys of its own; empty again at the end."""

    def open_it(**more: object) -> S3Storage:
        described = place.described(**{"repository_s3_endpoint": proxy.endpoint, **WITHOUT_KEYS, **more})
        return S3Storage(S3Client(described, seen_seconds=0), name=place.name)

    yield open_it
    place.storage().delete_below("wal")


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CredentialSource:
    """Where this process gets its credentials."""
    made = CredentialSource(tmp_path)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(made.config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    return made


def do_everything(storage: S3Storage) -> None:
    """What a backup asks for, in more requests than the first keys are good for."""
    with storage.lease("wal/.lock") as lease:
        for number in range(4):
            assert storage.put(f"{KEY}-{number}", PIECES) is not None
            assert storage.read_all(f"{KEY}-{number}") == WHOLE
        assert storage.put(f"{KEY}-large", LARGE) is not None
        lease.confirm()
        assert storage.stat(f"{KEY}-large") is not None
    assert len(storage.list("wal", delimiter="")) == 5


@pytest.mark.parametrize("minutes", [60, 5], ids=["the store ends them early", "they end when they said"])
def test_what_outlives_its_credentials_goes_on(
    minutes: int, source: CredentialSource, proxy: StoreProxy, open_storage: Callable[..., S3Storage]
) -> None:
    source.answer(*(credentials(*account, minutes=minutes) for account in ACCOUNTS))
    proxy.uses = {ACCOUNTS[0][0]: 3, ACCOUNTS[1][0]: 13}
    do_everything(open_storage())
    assert source.call_count >= 3 and (minutes == 5 or max(proxy.uses[name] for name, _secret in ACCOUNTS[:2]) < 0)


@pytest.mark.parametrize("file", ["of the program", "of AWS's tools"])
def test_file_that_somebody_renews_meanwhile_is_read_again(
    file: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    proxy: StoreProxy,
    open_storage: Callable[..., S3Storage],
) -> None:
    keys = tmp_path / "db1.s3"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(keys))
    keys.write_text(format_credentials(*ACCOUNTS[0]))
    storage = open_storage(**({"repository_s3_credentials_file": str(keys)} if file == "of the program" else {}))
    storage.list("wal")
    proxy.uses = {ACCOUNTS[0][0]: 0}
    with pytest.raises(PitrError) as caught:
        storage.put(KEY, PIECES)
    assert (caught.value.code, "expired" in caught.value.message) == ("repository-credentials-refused", True)
    keys.write_text(format_credentials(*ACCOUNTS[1]))
    do_everything(storage)


def test_source_that_fails_for_a_moment_is_asked_again_where_it_has_worked(
    source: CredentialSource, open_storage: Callable[..., S3Storage]
) -> None:
    good = credentials(*ACCOUNTS[0], minutes=5)
    source.answer(*[good] * 2, FAILURE, FAILURE, good)
    do_everything(open_storage())
    source.answer(FAILURE)
    before = source.call_count
    with pytest.raises(PitrError) as caught:
        open_storage().list("wal")
    assert (caught.value.code, source.call_count - before) == ("repository-credentials-missing", 1)


def test_source_that_has_nothing_new_is_not_asked_for_ever(
    source: CredentialSource, proxy: StoreProxy, open_storage: Callable[..., S3Storage]
) -> None:
    source.answer(credentials(*ACCOUNTS[0], minutes=60))
    proxy.uses = dict.fromkeys((name for name, _secret in ACCOUNTS), 0)
    with pytest.raises(PitrError) as caught:
        open_storage().stat(KEY)
    assert (caught.value.code, source.call_count) == ("repository-credentials-refused", 2)
    source.answer(*(credentials(*account, minutes=60) for account in ACCOUNTS * 10))
    with pytest.raises(PitrError) as caught:
        open_storage().stat(KEY)
    assert caught.value.code == "repository-credentials-refused" and source.call_count < 12
    source.answer(credentials(*ACCOUNTS[0], minutes=-5))
    with pytest.raises(PitrError) as caught:
        open_storage().stat(KEY)
    assert caught.value.code == "repository-credentials-missing"


def test_store_that_cannot_prove_who_it_is_is_refused_at_once(
    tmp_path: Path, seaweed: Seaweed, place: BucketPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    ours, other = Authority(tmp_path, "ours"), Authority(tmp_path, "other")
    nothing = tmp_path / "nothing.pem"
    nothing.write_text("no certificate\n")

    def code_of(proxy: StoreProxy, *, ca_file: object = ours.file, endpoint: str = "") -> str:
        described = place.described(repository_s3_endpoint=endpoint or proxy.endpoint, repository_s3_ca_file=ca_file)
        try:
            S3Storage(S3Client(described), name=place.name).put(KEY, PIECES)
        except PitrError as error:
            assert pauses == [], "it is no use trying again"
            return f"{error.code}: {error.hint}"
        return ""

    with StoreProxy(seaweed.endpoint, certificate=ours.issue("127.0.0.1")) as proxy:
        assert code_of(proxy) == "" and place.storage().read_all(KEY) == WHOLE
        place.storage().delete_below("wal")
        assert "repository-certificate-refused: Set 'pitr_repository_s3_ca" in code_of(proxy, ca_file=other.file)
        assert "repository-certificate-refused: Set 'pitr_repository_s3_ca" in code_of(proxy, ca_file="")
        elsewhere = f"https://localhost:{proxy.port}"
        assert "repository-certificate-refused: Give 'pitr_repository_s3_end" in code_of(proxy, endpoint=elsewhere)
        for unusable in (nothing, tmp_path / "missing.pem", tmp_path):
            assert code_of(proxy, ca_file=unusable).startswith("repository-ca-file-invalid: ")
        assert proxy.requests and not [path for method, path in proxy.requests if method == "PUT"][1:]
    for days, helps in (((-3, -1), "Renew the certificate"), ((1, 3), "clock")):
        with StoreProxy(seaweed.endpoint, certificate=ours.issue("127.0.0.1", days=days)) as proxy:
            assert code_of(proxy).startswith("repository-certificate-refused: ") and helps in code_of(proxy)
            assert proxy.requests == []
    with StoreProxy(seaweed.endpoint) as proxy:
        plain = f"https://127.0.0.1:{proxy.port}"
        assert code_of(proxy, endpoint=plain).startswith("repository-endpoint-invalid: ")
    assert place.storage().stat(KEY) is None
