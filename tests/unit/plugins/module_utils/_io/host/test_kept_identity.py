# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from age_key import age_key
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Refused, Unavailable
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.encryption.age_identity import AgeIdentity
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.kept_identity import KeptIdentity

PLACE = Path(f"/dev/shm/pgpitr-{os.geteuid()}")


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """A data directory whose recovery needs an identity."""
    made = tmp_path / "data.pitr-new"
    made.mkdir()
    yield made
    KeptIdentity(str(made) if made.exists() else str(tmp_path / "data")).drop()


def content_of(identity: AgeIdentity | KeptIdentity) -> bytes:
    return Path(f"/proc/self/fd/{identity.descriptor()}").read_bytes()


def test_a_recovery_finds_the_identity_of_its_directory_whatever_that_is_called(directory: Path) -> None:
    identity, _recipient = age_key()
    identity.keep_for(str(directory))
    (kept,) = (path for path in PLACE.iterdir() if path.name.endswith(f"-{directory.stat().st_ino}"))
    assert (kept.stat().st_mode & 0o777, PLACE.stat().st_mode & 0o777) == (0o600, 0o700)
    renamed = directory.rename(directory.parent / "data")
    found = KeptIdentity(str(renamed))
    assert content_of(found) == content_of(identity) != b""
    assert found.drop() and not found.drop() and not kept.exists()


def test_another_directory_has_none(directory: Path, tmp_path: Path) -> None:
    age_key()[0].keep_for(str(directory))
    with pytest.raises(Unavailable) as caught:
        KeptIdentity(str(tmp_path)).descriptor()
    assert caught.value.code == "identity-missing" and str(tmp_path) in caught.value.message


def test_a_place_that_others_can_reach_is_not_used(directory: Path) -> None:
    identity, _recipient = age_key()
    identity.keep_for(str(directory))
    PLACE.chmod(0o755)
    try:
        for attempt in (lambda: identity.keep_for(str(directory)), KeptIdentity(str(directory)).descriptor):
            with pytest.raises(Refused) as caught:
                attempt()
            assert caught.value.code == "identity-place-unsafe"
    finally:
        PLACE.chmod(0o700)
