# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which servers have which fault, and whether the documentation says the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pgfleet.pitr.plugins.module_utils._core.catalogue.server_faults import SERVER_FAULTS

BY_NAME = {fault.name: fault for fault in SERVER_FAULTS}
DOCUMENTATION = Path(__file__).parents[6] / "docs" / "backups.md"


@pytest.mark.parametrize(
    ("name", "version_num", "settings_on", "affected"),
    [
        ("visibility-map-cleared", 160014, (), False),
        ("visibility-map-cleared", 170000, (), True),
        ("visibility-map-cleared", 170010, ("data_checksums",), True),
        ("visibility-map-cleared", 170011, (), False),
        ("visibility-map-cleared", 180004, (), True),
        ("visibility-map-cleared", 180006, (), False),
        ("visibility-map-tail", 180006, (), True),
        ("visibility-map-tail", 170011, ("data_checksums",), False),
        ("visibility-map-tail", 170011, ("wal_log_hints", "full_page_writes"), False),
        ("truncated-and-regrown", 170000, ("data_checksums", "wal_log_hints"), True),
        ("truncated-and-regrown", 180006, (), True),
        ("truncated-and-regrown", 190000, (), False),
        ("truncated-beyond-segment", 170007, (), True),
        ("truncated-beyond-segment", 170008, (), False),
        ("truncated-beyond-segment", 180001, (), True),
        ("truncated-beyond-segment", 180002, (), False),
    ],
)
def test_affected_servers(name: str, version_num: int, settings_on: tuple[str, ...], *, affected: bool) -> None:
    assert BY_NAME[name].affects(version_num, settings_on=settings_on) is affected


def test_every_fault_has_a_name_of_its_own_a_source_and_a_line_in_the_documentation() -> None:
    assert len(BY_NAME) == len(SERVER_FAULTS)
    text = DOCUMENTATION.read_text(encoding="utf-8")
    for fault in SERVER_FAULTS:
        assert fault.source
        assert f"| `{fault.name}`: " in text
