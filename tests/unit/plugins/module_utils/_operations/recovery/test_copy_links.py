# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy is opened only with tablespaces of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.errors import Failed
from ansible_collections.pgfleet.pitr.plugins.module_utils._operations.recovery.copy_links import check_own_links
from sample_plan import sample_journal


@pytest.mark.parametrize("in_place", [True, False])
def test_link_that_leads_out_of_the_copy_is_named(tmp_path: Path, in_place: bool) -> None:
    copy, own, others = (tmp_path / name for name in ("copy", "copy.tablespaces", "others"))
    (copy / "pg_tblspc").mkdir(parents=True)
    for path in (own, others):
        path.mkdir()
    (copy / "pg_tblspc" / "16400").symlink_to(own)
    (copy / "pg_tblspc" / "16401").mkdir()
    journal = sample_journal(in_place=in_place, directory=str(copy))
    journal = replace(journal, plan=replace(journal.plan, tablespaces={16400: str(own)}))
    check_own_links(journal)

    (copy / "pg_tblspc" / "16500").symlink_to(others)
    if in_place:
        check_own_links(journal)
        return
    with pytest.raises(Failed, match=f"tablespace 16500 .* leads to '{others}'") as caught:
        check_own_links(journal)
    assert caught.value.code == "copy-links-outside"
