# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from age_key import age_key
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.host.kept_identity import KeptIdentity
from kept_place import content_of, recovered_directory


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield from recovered_directory(tmp_path)


def test_another_identity_takes_the_place_of_the_one_before(directory: Path) -> None:
    for _attempt in range(2):
        identity, _recipient = age_key()
        identity.keep_for(str(directory))
    assert content_of(KeptIdentity(str(directory))) == content_of(identity)
