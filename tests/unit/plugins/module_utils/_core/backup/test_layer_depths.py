# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.backup.layer_depths import layer_depths
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Damaged

WHOLE, BLOCKS = "base/5/1", "base/5/INCREMENTAL.1"


def depths(links: list[list[str]]) -> dict[str, int]:
    def damaged(number: int, what: str) -> Damaged:
        return Damaged(f"{number}: {what}", code="backup-damaged", hint="")

    return layer_depths([set(files) for files in links], paths=links[0], damaged=damaged)


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        pytest.param([[WHOLE], [WHOLE]], {}, id="whole in the newest"),
        pytest.param([[BLOCKS], [WHOLE]], {WHOLE: 1}, id="whole in the full one"),
        pytest.param([[BLOCKS], [BLOCKS], [WHOLE]], {WHOLE: 2}, id="blocks in two"),
        pytest.param([[BLOCKS], [WHOLE], [WHOLE]], {WHOLE: 1}, id="written anew between"),
        pytest.param([[BLOCKS], [WHOLE], []], {WHOLE: 1}, id="made after the full one"),
        pytest.param([[BLOCKS], [WHOLE], [BLOCKS, WHOLE]], {WHOLE: 1}, id="what is older does not count"),
        pytest.param([[], [BLOCKS], [WHOLE]], {}, id="dropped"),
        pytest.param([[BLOCKS], [WHOLE, BLOCKS]], {WHOLE: 1}, id="a file of that name in the full one"),
        pytest.param([["INCREMENTAL.x"], ["x"]], {"x": 1}, id="at the top"),
    ],
)
def test_depth(links: list[list[str]], expected: dict[str, int]) -> None:
    assert depths(links) == expected


@pytest.mark.parametrize(
    ("links", "said"),
    [
        ([[BLOCKS], []], f"1: it has no file '{WHOLE}', of which"),
        ([[BLOCKS], [], [WHOLE]], f"1: it has no file '{WHOLE}', of which"),
        ([[BLOCKS], [BLOCKS], []], f"2: it has no file '{WHOLE}', of which"),
        ([[BLOCKS], [BLOCKS]], f"1: it has no file '{WHOLE}', of which"),
        ([[BLOCKS, WHOLE], [WHOLE]], f"0: it has '{WHOLE}' twice"),
        ([[BLOCKS], [BLOCKS, WHOLE], [WHOLE]], f"1: it has '{WHOLE}' twice"),
    ],
)
def test_links_that_do_not_belong_together_are_told(links: list[list[str]], said: str) -> None:
    with pytest.raises(Damaged, match=said):
        depths(links)
