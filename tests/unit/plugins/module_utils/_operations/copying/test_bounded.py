# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import gzip
import itertools
import os

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.copying.bounded import at_most, most_stored


def test_what_fits_is_passed_on() -> None:
    assert list(at_most([b"ab", b"", b"c"], 3, address="/there")) == [b"ab", b"", b"c"]


def test_what_has_no_end_ends() -> None:
    taken = []
    with pytest.raises(Damaged) as caught:
        taken.extend(at_most(itertools.repeat(b"x"), 3, address="/there"))
    assert caught.value.code == "file-too-large" and "'/there'" in caught.value.message


def test_what_does_not_compress_may_be_stored() -> None:
    content = os.urandom(1 << 20)
    assert len(content) < len(gzip.compress(content)) < most_stored(len(content))
