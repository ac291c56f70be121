# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each repository is read, and one is healed from the others where that is wanted."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.repository.repository_host import RepositoryHost
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.verify.selection import VerifyRequest
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.backup_hold import (
    closed_to_holds,
    hold_backups,
)
from ansible_collections.pgfleet.pitr.plugins.module_utils._io.repository.repository import Repository
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.healing.verify_each import VerifyEach
from healing import Twins
from verify_repository import MOMENT, damage, segment_file, verification, wrong


def each_of(twins: Twins, *, heals: bool = False, names: tuple[str, ...] = ()) -> VerifyEach:
    elsewhere = Repository("/srv", host=RepositoryHost("backup1"), name="elsewhere", is_required=False)
    far = Repository(str(Path(twins.far.path).parent), name="far")
    first = Repository(str(Path(twins.near.path).parent), name="near", others=(far, elsewhere))
    return VerifyEach(
        first,
        "db1",
        request=VerifyRequest(),
        verification=lambda folder, request: verification(folder, **vars(request)),
        clock=lambda: MOMENT,
        names=names,
        heals=heals,
    )


@pytest.fixture
def twins(tmp_path: Path) -> Twins:
    """Two alike."""
    return Twins(tmp_path)


def test_each_is_read_and_what_others_keep_is_told(twins: Twins) -> None:
    damage(segment_file(twins.far, 5))
    each = each_of(twins)
    near, far = each.run()
    assert near.result is not None and far.result is not None
    assert (wrong(near.result), wrong(far.result)) == ([], [("segment-damaged", segment_file(twins.far, 5).name[:24])])
    assert [one.name for one in each.elsewhere] == ["elsewhere"]


def test_each_is_healed_from_the_other_and_found_whole(twins: Twins) -> None:
    damage(segment_file(twins.far, 5))
    damage(segment_file(twins.near, 7))
    outcomes = each_of(twins, heals=True).run()
    healed = [(one.name, [each.to_dict() for each in one.result.healed]) for one in outcomes if one.result]
    names = [segment_file(twins.near, number).name[:24] for number in (7, 5)]
    assert healed == [
        ("near", [{"subject": names[0], "source": "far"}]),
        ("far", [{"subject": names[1], "source": "near"}]),
    ]
    for one in outcomes:
        assert one.result is not None and one.result.findings == ()
        # All were read, and what was healed once more.
        assert one.result.verified.segments == 6
        assert "could be taken from the repository 'elsewhere'" in " ".join(one.result.notes)


def test_findings_are_told_where_the_healing_cannot_begin(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    damage(segment_file(twins.far, 5))
    monkeypatch.setattr(hold_backups.__wrapped__, "__kwdefaults__", {"patience_seconds": 0.1})  # type: ignore[attr-defined]
    with closed_to_holds(twins.far):
        _near, far = each_of(twins, heals=True).run()
    assert far.result is not None and [code for code, _subject in wrong(far.result)] == ["segment-damaged"]
    assert far.result.healed == () and "the healing ended early: the backups in " in " ".join(far.result.notes)


def test_rehearsal_heals_nothing(twins: Twins) -> None:
    segment_file(twins.far, 5).unlink()
    _near, far = each_of(twins, heals=True).run(is_rehearsal=True)
    assert far.result is not None and [code for code, _subject in wrong(far.result)] == ["segment-missing"]


def test_healing_of_what_another_host_keeps_is_refused(twins: Twins) -> None:
    with pytest.raises(InvalidInput) as caught:
        each_of(twins, heals=True, names=("elsewhere",)).run()
    assert caught.value.code == "repository-elsewhere"
    assert "healing is the work of the repository's host, 'backup1'" in caught.value.message


def test_one_that_is_away_does_not_stop_the_others(twins: Twins) -> None:
    Path(twins.near.path).parent.rename(twins.data / "away")
    near, far = each_of(twins).run()
    assert near.error is not None and near.error.code == "repository-missing"
    assert far.result is not None and far.result.findings == ()
