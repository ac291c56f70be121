# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan says of incremental backups."""

from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.chain import Chain
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.truncations import Truncations
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.restore.presentation.chain_notes import chain_notes
from sample_backup import sample_backup

FULL = sample_backup()
RECORDED = sample_backup("20260915T120000Z-incremental", parent=FULL.label, truncations=Truncations({}))
EARLIER = sample_backup("20260915T130000Z-incremental", parent=RECORDED.label)


@pytest.mark.parametrize(
    ("links", "words"),
    [
        pytest.param([FULL], [], id="a full backup"),
        pytest.param([FULL, RECORDED], ["until VACUUM has run"], id="truncations are recorded"),
        pytest.param(
            [FULL, RECORDED, EARLIER], ["until VACUUM has run", f"{EARLIER.label} has no record"], id="one has none"
        ),
    ],
)
def test_notes(links: list, words: list[str]) -> None:
    notes = chain_notes(Chain(tuple(links)))
    assert len(notes) == len(words)
    assert all(word in note for word, note in zip(words, notes))
