# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directories without the files; the integration tests read those of real clusters."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.pgfleet.pitr.plugins.module_utils._io.postgres.role_names import superusers_of


def test_nobody_is_found_where_nothing_can_be_read(tmp_path: Path) -> None:
    assert superusers_of(str(tmp_path / "gone")) == ()
    (tmp_path / "global" / "1260").mkdir(parents=True)
    assert superusers_of(str(tmp_path)) == ()
