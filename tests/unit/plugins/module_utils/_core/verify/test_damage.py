# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether recorded damage is of the file that is there now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.damage import Damage, DamageRecord, FileIdentity

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
FILE = FileIdentity(4711, 5, 1_700_000_000_123_456_789)


@pytest.mark.parametrize(
    ("damage", "present", "expected"),
    [
        pytest.param(Damage(NOON, FILE), FILE, True, id="the same file"),
        pytest.param(Damage(NOON, FILE), replace(FILE, inode=4712), False, id="another file"),
        pytest.param(Damage(NOON, FILE), replace(FILE, size_bytes=6), False, id="of another size"),
        pytest.param(Damage(NOON, FILE), replace(FILE, mtime_ns=1), False, id="written since"),
        pytest.param(Damage(NOON), FILE, False, id="it was missing"),
        pytest.param(Damage(NOON, is_any_file=True), FILE, True, id="the identity was not recorded"),
    ],
)
def test_identity(damage: Damage, present: FileIdentity, *, expected: bool) -> None:
    assert damage.is_of(present) is expected


def test_what_left_the_repository_is_forgotten() -> None:
    record = DamageRecord(
        {"one": Damage(NOON), "two": Damage(NOON)}, {("b1", "base.tar"): Damage(NOON), ("b2", "base.tar"): Damage(NOON)}
    )
    record.keep_only(labels={"b2"}, has_segment=lambda name: name == "one")
    assert (list(record.segments), list(record.files)) == (["one"], [("b2", "base.tar")])
